@NullMarked
package waybill.hop;

import org.jspecify.annotations.NullMarked;
