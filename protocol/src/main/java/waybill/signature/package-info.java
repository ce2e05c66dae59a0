@NullMarked
package waybill.signature;

import org.jspecify.annotations.NullMarked;
