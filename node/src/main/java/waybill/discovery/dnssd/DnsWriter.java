package waybill.discovery.dnssd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes one DNS message (RFC 1035, section 4.1), without compression. For one thread. */
final class DnsWriter {
    private static final int IN = 1;
    private static final int TOP_BIT = 0x8000;
    /** A response of Multicast DNS speaks with authority (RFC 6762, section 18.4). */
    private static final int RESPONSE_FLAGS = 0x8400;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] message(DnsMessage message) {
        number(message.id());
        number(message.response() ? RESPONSE_FLAGS : 0);
        number(message.questions().size());
        number(message.known().size());
        number(message.authorities().size());
        number(message.additionals().size());
        for (DnsMessage.Question question : message.questions()) {
            name(question.name());
            number(question.type());
            number(question.unicast() ? IN | TOP_BIT : IN);
        }
        message.known().forEach(this::record);
        message.authorities().forEach(this::record);
        message.additionals().forEach(this::record);
        return out.toByteArray();
    }

    private static byte[] data(DnsRecord.Data data) {
        DnsWriter writer = new DnsWriter();
        writer.write(data);
        return writer.out.toByteArray();
    }

    private void record(DnsRecord record) {
        name(record.name());
        number(record.type());
        number(record.unique() ? IN | TOP_BIT : IN);
        number((int) (record.ttl() >>> 16));
        number((int) record.ttl());
        byte[] data = data(record.data());
        number(data.length);
        out.writeBytes(data);
    }

    private void write(DnsRecord.Data data) {
        switch (data) {
            case DnsRecord.Address one -> out.writeBytes(one.address().getAddress());
            case DnsRecord.Pointer one -> name(one.target());
            case DnsRecord.Service one -> {
                number(0);
                number(0);
                number(one.port());
                name(one.target());
            }
            case DnsRecord.Text one -> one.strings().forEach(this::string);
            case DnsRecord.NoOthers one -> {
                name(one.name());
                bitmap(one.types());
            }
            case DnsRecord.Other one -> out.writeBytes(one.bytes());
        }
    }

    /** One window of types below 256 (RFC 4034, section 4.1.2). */
    private void bitmap(List<Integer> types) {
        int last = types.stream().mapToInt(type -> type).max().orElse(0);
        byte[] bits = new byte[last / 8 + 1];
        for (int type : types) {
            bits[type / 8] |= (byte) (0x80 >>> type % 8);
        }
        out.write(0);
        out.write(bits.length);
        out.writeBytes(bits);
    }

    private void name(DnsName name) {
        name.labels().forEach(this::string);
        out.write(0);
    }

    private void string(String string) {
        out.write(string.length());
        out.writeBytes(string.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void number(int number) {
        out.write(number >>> 8);
        out.write(number);
    }
}
