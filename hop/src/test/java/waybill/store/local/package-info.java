@NullMarked
package waybill.store.local;

import org.jspecify.annotations.NullMarked;
