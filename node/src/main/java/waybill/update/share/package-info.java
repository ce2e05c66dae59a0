/** What is given of updates (section 10): fetched once for all who ask, passed on while it arrives, kept for the next. */
@NullMarked
package waybill.update.share;

import org.jspecify.annotations.NullMarked;
