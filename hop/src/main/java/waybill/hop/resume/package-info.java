/** Uploads that outlive a connection (section 3.9), whatever speaks of them. */
@NullMarked
package waybill.hop.resume;

import org.jspecify.annotations.NullMarked;
