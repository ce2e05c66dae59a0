@NullMarked
package waybill.update;

import org.jspecify.annotations.NullMarked;
