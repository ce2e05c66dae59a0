/** The store on a local disk: payloads in files, an index in SQLite. */
@NullMarked
package waybill.store.local;

import org.jspecify.annotations.NullMarked;
