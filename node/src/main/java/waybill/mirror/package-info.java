/** A local, read-only face for programs that know nothing of this protocol: files by plain HTTP, verified before. */
@NullMarked
package waybill.mirror;

import org.jspecify.annotations.NullMarked;
