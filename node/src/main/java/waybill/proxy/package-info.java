/** Which HTTP proxy leads to a backend, as the operator and the environment say it. No proxy leads to a relay. */
@NullMarked
package waybill.proxy;

import org.jspecify.annotations.NullMarked;
