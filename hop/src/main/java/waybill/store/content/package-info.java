/** Published contents on a local disk, by their digest: whole ones, and those that are arriving piece by piece. */
@NullMarked
package waybill.store.content;

import org.jspecify.annotations.NullMarked;
