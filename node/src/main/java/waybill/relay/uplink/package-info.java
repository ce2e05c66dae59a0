/** What a relay's line to its backends may carry and when: time windows, a rate, bytes per day and month. */
@NullMarked
package waybill.relay.uplink;

import org.jspecify.annotations.NullMarked;
