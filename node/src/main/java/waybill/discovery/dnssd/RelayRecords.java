package waybill.discovery.dnssd;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import waybill.protocol.NodeId;

/**
 * What a relay says of itself on one link (section 2.5): that it is there, where it can be asked, and who it says it is. Not
 * for whom it carries, nor what its machine is called. Immutable.
 *
 * @param port its UDP port of discovery
 * @param addresses its machine's own on that link
 * @param name which name it goes by: 0 the first choice, then others, because somebody else has that one
 */
record RelayRecords(NodeId node, int port, List<InetAddress> addresses, int name) {
    private static final DnsName LOCAL = DnsName.of("local");
    private static final DnsName SERVICES = DnsName.of("_services", "_dns-sd", "_udp", "local");
    /** What requesters look for. */
    static final DnsName SERVICE = DnsName.of("_waybill", "_tcp", "local");

    /** Of what hangs on an address (RFC 6762, section 10). */
    private static final long HOST_TTL = 120;

    private static final long OTHER_TTL = 75 * 60;
    private static final int SHORT = 8;
    private static final int SHORT_HEX = 16;

    RelayRecords {
        addresses = List.copyOf(addresses);
    }

    /** The same relay under another name. */
    RelayRecords renamed() {
        return new RelayRecords(node, port, addresses, name + 1);
    }

    /** For people: the node's first characters, as they are printed elsewhere. */
    DnsName instance() {
        String label = "waybill relay " + node.toString().substring(0, SHORT);
        return SERVICE.below(name == 0 ? label : label + " (" + (name + 1) + ")");
    }

    DnsName host() {
        String label = "waybill-" + node.spki().hex().substring(0, SHORT_HEX);
        return LOCAL.below(name == 0 ? label : label + "-" + (name + 1));
    }

    /** What others may say of the same names, too. */
    List<DnsRecord> shared() {
        return List.of(
                new DnsRecord(SERVICE, false, OTHER_TTL, new DnsRecord.Pointer(instance())),
                new DnsRecord(SERVICES, false, OTHER_TTL, new DnsRecord.Pointer(SERVICE)));
    }

    /** What is this relay's alone. */
    List<DnsRecord> unique() {
        List<DnsRecord> unique = new ArrayList<>();
        unique.add(new DnsRecord(instance(), true, HOST_TTL, new DnsRecord.Service(port, host())));
        unique.add(new DnsRecord(
                instance(), true, OTHER_TTL, new DnsRecord.Text(List.of("txtvers=1", "version=1.0", "node=" + node))));
        unique.addAll(addressRecords());
        return unique;
    }

    List<DnsRecord> all() {
        return Stream.concat(shared().stream(), unique().stream()).toList();
    }

    /** The names that it says something of. */
    Set<DnsName> names() {
        return Set.of(SERVICE, SERVICES, instance(), host());
    }

    /** What answers the question; that a name of this relay has nothing of that type is an answer, too. */
    List<DnsRecord> answers(DnsMessage.Question question) {
        List<DnsRecord> answers = all().stream().filter(question::isAnsweredBy).toList();
        if (!answers.isEmpty()) {
            return answers;
        }
        return Stream.of(instance(), host())
                .filter(question.name()::equals)
                .map(this::noOthers)
                .toList();
    }

    /** What whoever gets these answers will ask for next (RFC 6763, section 12). */
    List<DnsRecord> additionals(List<DnsRecord> answers) {
        boolean pointed = answers.stream().anyMatch(one -> one.data().equals(new DnsRecord.Pointer(instance())));
        boolean located = answers.stream().anyMatch(one -> one.type() == DnsRecord.SRV);
        return unique().stream()
                .filter(one -> pointed || (located && one.name().equals(host())))
                .filter(one -> !answers.contains(one))
                .toList();
    }

    /** Whether somebody else claims one of this relay's names. */
    boolean isContradictedBy(DnsRecord other) {
        List<DnsRecord> own = unique().stream()
                .filter(one -> one.name().equals(other.name()) && one.type() == other.type())
                .toList();
        return !own.isEmpty() && own.stream().noneMatch(one -> one.saysTheSame(other));
    }

    private List<DnsRecord> addressRecords() {
        return addresses.stream()
                .map(one -> new DnsRecord(host(), true, HOST_TTL, new DnsRecord.Address(one)))
                .toList();
    }

    private DnsRecord noOthers(DnsName name) {
        List<Integer> types = unique().stream()
                .filter(one -> one.name().equals(name))
                .map(DnsRecord::type)
                .distinct()
                .sorted()
                .toList();
        return new DnsRecord(name, true, HOST_TTL, new DnsRecord.NoOthers(name, types));
    }
}
