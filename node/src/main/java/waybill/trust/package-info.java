@NullMarked
package waybill.trust;

import org.jspecify.annotations.NullMarked;
