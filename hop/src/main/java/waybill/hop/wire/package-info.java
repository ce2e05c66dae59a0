/** The headers and documents of the hop API (sections 3 and 8), read and written by both halves. Pure functions. */
@NullMarked
package waybill.hop.wire;

import org.jspecify.annotations.NullMarked;
