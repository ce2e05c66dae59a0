@NullMarked
package waybill.protocol;

import org.jspecify.annotations.NullMarked;
