@NullMarked
package waybill.upkeep;

import org.jspecify.annotations.NullMarked;
