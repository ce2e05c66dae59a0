package waybill.discovery.dnssd;

import java.net.ProtocolException;
import java.util.List;

/**
 * A DNS message as Multicast DNS uses it (RFC 6762, section 18): standard queries and their responses. Immutable.
 *
 * @param id 0 to 65535; means something only to those who ask from another port than 5353
 * @param response whether it answers
 * @param known a question's known answers, or the answers of a response
 * @param authorities what one who probes would claim
 */
record DnsMessage(
        int id,
        boolean response,
        List<Question> questions,
        List<DnsRecord> known,
        List<DnsRecord> authorities,
        List<DnsRecord> additionals) {
    /** The largest there may be (RFC 6762, section 17). */
    static final int MOST_BYTES = 9000;
    /** The most questions and records that are read of one message. */
    static final int MOST_ENTRIES = 256;

    /**
     * A question of class IN.
     *
     * @param unicast whether a unicast answer is wanted, the bit "QU"
     */
    record Question(DnsName name, int type, boolean unicast) {
        /** Whether this record answers it. */
        boolean isAnsweredBy(DnsRecord record) {
            return name.equals(record.name()) && (type == DnsRecord.ANY || type == record.type());
        }
    }

    DnsMessage {
        questions = List.copyOf(questions);
        known = List.copyOf(known);
        authorities = List.copyOf(authorities);
        additionals = List.copyOf(additionals);
    }

    static DnsMessage query(int id, List<Question> questions, List<DnsRecord> authorities) {
        return new DnsMessage(id, false, questions, List.of(), authorities, List.of());
    }

    static DnsMessage answer(List<DnsRecord> answers, List<DnsRecord> additionals) {
        return new DnsMessage(0, true, List.of(), answers, List.of(), additionals);
    }

    /**
     * Reads a message. What is of another class than IN is left out. Bounded in time and memory by the number of bytes.
     *
     * @throws ProtocolException if it is none, is truncated in its middle, too large, or no standard query or its answer
     */
    static DnsMessage parse(byte[] bytes) throws ProtocolException {
        return new DnsReader(bytes).message();
    }

    /** Its bytes, without compression. */
    byte[] encode() {
        return new DnsWriter().message(this);
    }
}
