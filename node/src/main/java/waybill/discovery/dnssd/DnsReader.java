package waybill.discovery.dnssd;

import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads one DNS message (RFC 1035, section 4.1). Everything in it is foreign. For one thread. */
final class DnsReader {
    private static final int IN = 1;
    private static final int ANY_CLASS = 255;
    private static final int TOP_BIT = 0x8000;
    /** QR is left out: anything else set here is no standard query, or failed (RFC 6762, section 18). */
    private static final int OPCODE_AND_RCODE = 0x780f;

    private final byte[] bytes;
    private int at;

    DnsReader(byte[] bytes) {
        this.bytes = bytes;
    }

    DnsMessage message() throws ProtocolException {
        if (bytes.length > DnsMessage.MOST_BYTES) {
            throw new ProtocolException("too large");
        }
        int id = number();
        int flags = number();
        if ((flags & OPCODE_AND_RCODE) != 0) {
            throw new ProtocolException("no standard query");
        }
        int questions = number();
        int answers = number();
        int authorities = number();
        int additionals = number();
        if (questions + answers + authorities + additionals > DnsMessage.MOST_ENTRIES) {
            throw new ProtocolException("too many entries");
        }
        return new DnsMessage(
                id,
                (flags & TOP_BIT) != 0,
                questions(questions),
                records(answers),
                records(authorities),
                records(additionals));
    }

    private List<DnsMessage.Question> questions(int count) throws ProtocolException {
        List<DnsMessage.Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            DnsName name = name();
            int type = number();
            int kind = number();
            if ((kind & ~TOP_BIT) == IN || (kind & ~TOP_BIT) == ANY_CLASS) {
                questions.add(new DnsMessage.Question(name, type, (kind & TOP_BIT) != 0));
            }
        }
        return questions;
    }

    private List<DnsRecord> records(int count) throws ProtocolException {
        List<DnsRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            DnsName name = name();
            int type = number();
            int kind = number();
            long ttl = (long) number() << 16 | number();
            int length = number();
            int end = at + length;
            if (end > bytes.length) {
                throw new ProtocolException("truncated");
            }
            DnsRecord.Data data = data(type, length);
            if (at != end) {
                throw new ProtocolException("a record's data have another length");
            }
            if ((kind & ~TOP_BIT) == IN) {
                records.add(new DnsRecord(name, (kind & TOP_BIT) != 0, ttl, data));
            }
        }
        return records;
    }

    private DnsRecord.Data data(int type, int length) throws ProtocolException {
        return switch (type) {
            case DnsRecord.A, DnsRecord.AAAA -> address(type, take(length));
            case DnsRecord.PTR -> new DnsRecord.Pointer(name());
            case DnsRecord.SRV -> {
                take(4);
                yield new DnsRecord.Service(number(), name());
            }
            case DnsRecord.TXT -> new DnsRecord.Text(strings(at + length));
            default -> new DnsRecord.Other(type, take(length));
        };
    }

    private static DnsRecord.Data address(int type, byte[] address) {
        try {
            DnsRecord.Address one = new DnsRecord.Address(InetAddress.getByAddress(address));
            // An IPv4 address that is mapped into IPv6 is no address of an IPv6 neighbour.
            return one.type() == type ? one : new DnsRecord.Other(type, address);
        } catch (UnknownHostException e) {
            return new DnsRecord.Other(type, address);
        }
    }

    private List<String> strings(int end) throws ProtocolException {
        List<String> strings = new ArrayList<>();
        while (at < end) {
            strings.add(label(octet()));
        }
        return strings;
    }

    /** A name, which may go on anywhere before itself: each jump leads further back, so it ends. */
    private DnsName name() throws ProtocolException {
        List<String> labels = new ArrayList<>();
        int start = at;
        int after = -1;
        int size = 1;
        while (true) {
            int length = octet();
            if (length == 0) {
                break;
            }
            if (length >= 0xc0) {
                int to = (length & 0x3f) << 8 | octet();
                if (to >= start) {
                    throw new ProtocolException("a name that leads forward");
                }
                after = after < 0 ? at : after;
                at = to;
                start = to;
            } else if (length > DnsName.MOST_IN_LABEL) {
                throw new ProtocolException("no kind of label");
            } else {
                size += 1 + length;
                if (size > DnsName.MOST_BYTES) {
                    throw new ProtocolException("a name has at most 255 bytes");
                }
                labels.add(label(length));
            }
        }
        at = after < 0 ? at : after;
        return new DnsName(labels);
    }

    private String label(int length) throws ProtocolException {
        return new String(take(length), StandardCharsets.ISO_8859_1);
    }

    private byte[] take(int length) throws ProtocolException {
        if (length > bytes.length - at) {
            throw new ProtocolException("truncated");
        }
        byte[] taken = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return taken;
    }

    private int octet() throws ProtocolException {
        if (at >= bytes.length) {
            throw new ProtocolException("truncated");
        }
        return bytes[at++] & 0xff;
    }

    private int number() throws ProtocolException {
        return octet() << 8 | octet();
    }
}
