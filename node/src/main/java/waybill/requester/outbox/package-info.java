/**
 * What waits at the sender: sealed parcels with their tasks, one directory each, and who has them (sections 4 and 6). Knows
 * nothing of how a task is brought to its decision.
 */
@NullMarked
package waybill.requester.outbox;

import org.jspecify.annotations.NullMarked;
