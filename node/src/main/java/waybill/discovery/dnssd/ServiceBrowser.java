package waybill.discovery.dnssd;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import waybill.discovery.Lan;
import waybill.discovery.Signposts;

/**
 * A requester's side of DNS-SD (section 2.5): one question by Multicast DNS, from a port of its own, so that each relay
 * answers it alone (RFC 6762, section 5.1), and what of the answers counts. Keeps nothing and is safe for use by several
 * threads.
 */
public final class ServiceBrowser implements Signposts {
    /** One, if it is wanted. */
    public static Optional<Signposts> wanted(boolean wanted) {
        return wanted ? Optional.of(new ServiceBrowser()) : Optional.empty();
    }

    @Override
    public InetSocketAddress group(Lan lan) {
        return lan.address() instanceof Inet6Address six ? Mdns.six(six.getScopeId()) : Mdns.four();
    }

    @Override
    public byte[] question(int id) {
        return DnsMessage.query(
                        id, List.of(new DnsMessage.Question(RelayRecords.SERVICE, DnsRecord.PTR, false)), List.of())
                .encode();
    }

    /**
     * {@inheritDoc}
     *
     * <p>What counts is that the answer names a relay and a port at the very address it came from. The relay's name and
     * whatever else it says of itself are for people, and are not looked at.
     */
    @Override
    public List<Integer> ports(byte[] answer, int id, InetSocketAddress source) {
        DnsMessage message;
        try {
            message = DnsMessage.parse(answer);
        } catch (ProtocolException e) {
            return List.of();
        }
        if (!message.response() || message.id() != id || source.getPort() != Mdns.PORT) {
            return List.of();
        }
        List<DnsRecord> records = Stream.concat(message.known().stream(), message.additionals().stream())
                .toList();
        Set<DnsName> there = records.stream()
                .filter(one -> one.data().equals(new DnsRecord.Address(source.getAddress())))
                .map(DnsRecord::name)
                .collect(Collectors.toSet());
        return records.stream()
                .filter(one -> one.ttl() > 0 && one.name().isBelow(RelayRecords.SERVICE))
                .flatMap(one -> one.data() instanceof DnsRecord.Service service ? Stream.of(service) : Stream.empty())
                .filter(service -> service.port() > 0 && there.contains(service.target()))
                .map(DnsRecord.Service::port)
                .distinct()
                .toList();
    }
}
