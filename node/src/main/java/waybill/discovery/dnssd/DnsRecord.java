package waybill.discovery.dnssd;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * A resource record of class IN (RFC 1035, section 3.2; RFC 6762, section 10). Immutable.
 *
 * @param unique whether it replaces others of its name and type, the bit "cache-flush"
 * @param ttl seconds, 0 to 2^32-1; 0 says goodbye
 */
record DnsRecord(DnsName name, boolean unique, long ttl, Data data) {
    static final int A = 1;
    static final int PTR = 12;
    static final int TXT = 16;
    static final int AAAA = 28;
    static final int SRV = 33;
    static final int NSEC = 47;
    /** Only in questions. */
    static final int ANY = 255;

    /** What it says. */
    sealed interface Data {
        /** The number of the record's type. */
        int type();
    }

    /** A or AAAA. */
    record Address(InetAddress address) implements Data {
        @Override
        public int type() {
            return address instanceof Inet4Address ? A : AAAA;
        }
    }

    /** PTR. */
    record Pointer(DnsName target) implements Data {
        @Override
        public int type() {
            return PTR;
        }
    }

    /** SRV, whose priority and weight mean nothing here (RFC 2782). */
    record Service(int port, DnsName target) implements Data {
        @Override
        public int type() {
            return SRV;
        }
    }

    /** TXT: strings of at most 255 bytes, one character a byte. */
    record Text(List<String> strings) implements Data {
        Text {
            strings = List.copyOf(strings);
        }

        @Override
        public int type() {
            return TXT;
        }
    }

    /** NSEC as RFC 6762 uses it (section 6.1): these types, below 256, and no others are there. Written, never read. */
    record NoOthers(DnsName name, List<Integer> types) implements Data {
        NoOthers {
            types = List.copyOf(types);
        }

        @Override
        public int type() {
            return NSEC;
        }
    }

    /** What is of no interest. */
    record Other(int type, byte[] bytes) implements Data {
        @Override
        public boolean equals(Object other) {
            return other instanceof Other one && type == one.type && Arrays.equals(bytes, one.bytes);
        }

        @Override
        public int hashCode() {
            return 31 * type + Arrays.hashCode(bytes);
        }
    }

    int type() {
        return data.type();
    }

    DnsRecord withTtl(long seconds) {
        return new DnsRecord(name, unique, seconds, data);
    }

    /** As one who knows no Multicast DNS is told (RFC 6762, section 6.7). */
    DnsRecord plain(long mostSeconds) {
        return new DnsRecord(name, false, Math.min(ttl, mostSeconds), data);
    }

    /** Whether the two say the same, for however long. */
    boolean saysTheSame(DnsRecord other) {
        return name.equals(other.name) && data.equals(other.data);
    }
}
