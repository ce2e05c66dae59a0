/** Black-box tests of the packaged program. */
@NullMarked
package waybill.e2e;

import org.jspecify.annotations.NullMarked;
