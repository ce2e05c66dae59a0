@NullMarked
package waybill.relay;

import org.jspecify.annotations.NullMarked;
