@NullMarked
package waybill.update.share;

import org.jspecify.annotations.NullMarked;
