@NullMarked
package waybill.store.content;

import org.jspecify.annotations.NullMarked;
