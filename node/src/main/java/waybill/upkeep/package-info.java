/** Keeps a folder as it is published: round by round, and a command of the operator's own after each change. */
@NullMarked
package waybill.upkeep;

import org.jspecify.annotations.NullMarked;
