/**
 * How a requester finds relays on its own subnets, and how a relay answers (section 2; the only UDP).
 *
 * <p>{@link waybill.discovery.UdpRelayFinder} and {@link waybill.discovery.Beacon} hold the sockets; what they decide is in
 * classes without sockets, clocks or threads: {@code Sieve} on the requester's side, {@code Responder}, {@code Rounds},
 * {@code Crowd} and {@link waybill.discovery.AnswerDelay} on the relay's. Nothing said by UDP is believed: it only helps to
 * choose. A second way, DNS-SD, is in {@code waybill.discovery.dnssd}; what it is to a finder is {@link
 * waybill.discovery.Signposts}.
 */
@NullMarked
package waybill.discovery;

import org.jspecify.annotations.NullMarked;
