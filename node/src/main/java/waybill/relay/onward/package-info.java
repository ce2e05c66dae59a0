/** Relays that know a way when this one knows none: the next hop (sections 2 and 3). */
@NullMarked
package waybill.relay.onward;

import org.jspecify.annotations.NullMarked;
