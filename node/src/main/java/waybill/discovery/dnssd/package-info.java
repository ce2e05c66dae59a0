/**
 * A second way to find relays: DNS-SD over Multicast DNS (section 2.5; RFC 6762, RFC 6763).
 *
 * <p>{@link waybill.discovery.dnssd.Advertiser} holds a relay's sockets, {@link waybill.discovery.dnssd.ServiceBrowser} makes
 * and reads what a requester says and hears; what they decide is in classes without sockets, clocks or threads. Nothing that
 * Multicast DNS says is believed: it only helps to choose which neighbours are asked.
 */
@NullMarked
package waybill.discovery.dnssd;

import org.jspecify.annotations.NullMarked;
