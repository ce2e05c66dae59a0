/** Copies of what has no release, from origins that the operator named (section 10.10): fetched once for all who ask. */
@NullMarked
package waybill.origin;

import org.jspecify.annotations.NullMarked;
