@NullMarked
package waybill.store;

import org.jspecify.annotations.NullMarked;
