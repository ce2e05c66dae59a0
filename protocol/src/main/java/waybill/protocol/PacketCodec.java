package waybill.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;

/**
 * Reads and writes packets (section 1). Strict in what it reads: one empty element, no DTD, no entity of its own, no
 * processing instruction but the XML declaration, no comment, no attribute twice. Unknown attributes are ignored.
 *
 * <p>Faults are found in a fixed order, the first one counts: size, encoding, XML, then the attributes {@code version},
 * {@code type}, {@code ID}, {@code method}, {@code href}, {@code acceptprotocol} and the type's own in the order in which
 * {@link #encode} writes them. Safe for use by several threads.
 */
public final class PacketCodec {
    /** The most bytes of a packet on UDP. */
    public static final int MAX_UDP = 1200;
    /** The most bytes of a packet inside CMS. */
    public static final int MAX_CMS = 4096;
    /** The most bytes of a packet in a file of its own, a label. */
    public static final int MAX_FILE = 4096;
    /** The most bytes a response can have; no request is shorter, so that no answer is larger than its question. */
    public static final int MAX_RESPONSE = largestResponse();

    private static final String VERSION = "1.0";
    /** {@code  pad=""}: what padding costs at least. */
    private static final int PAD_FRAME = 7;

    private PacketCodec() {}

    /**
     * Reads one packet.
     *
     * @param maxBytes {@link #MAX_UDP} or {@link #MAX_CMS}
     * @throws PacketFault if it is not one, with the kind
     */
    public static Packet parse(byte[] bytes, int maxBytes) throws PacketFault {
        if (bytes.length > maxBytes) {
            throw new PacketFault(PacketFault.Kind.TOO_LARGE);
        }
        Attributes in = new Attributes(PacketXml.read(bytes));
        in.majorVersion(1);
        return switch (in.type()) {
            case "request" -> request(in);
            case "response" -> response(in);
            case "located" -> located(in);
            case "receipt" -> receipt(in);
            case "refusal" -> refusal(in);
            case "profile" -> profile(in);
            case "release" -> release(in);
            case "catalogue" -> catalogue(in);
            case "label" -> label(in);
            // "consignment" is reserved in section 1: until it has a meaning it is as unknown as any.
            default -> throw new PacketFault(PacketFault.Kind.UNKNOWN_TYPE, "type");
        };
    }

    /**
     * Reads the label of a parcel that is carried by hand (section 9).
     *
     * @throws PacketFault if it is not one, with the kind; another type of packet is an unknown one there
     */
    public static Packet.Label parseLabel(byte[] bytes) throws PacketFault {
        if (parse(bytes, MAX_FILE) instanceof Packet.Label label) {
            return label;
        }
        throw new PacketFault(PacketFault.Kind.UNKNOWN_TYPE, "type");
    }

    /** The packet's bytes: the same packet always gives the same ones. A request is padded (section 2). */
    public static byte[] encode(Packet packet) {
        Element out = new Element(packet);
        switch (packet) {
            case Packet.Request request -> {
                out.put("size", request.size())
                        .put("relays", request.relays())
                        .put("maxhops", request.maxHops())
                        .put("commit", request.commit().base64Url());
                request.sha256().ifPresent(value -> out.put("sha256", value));
            }
            case Packet.Response response ->
                out.put("node", response.node())
                        .put("interval", response.promise().interval())
                        .put("wait", response.promise().untilRun())
                        .put("backlog", response.promise().backlog())
                        .put("rate", response.promise().rate())
                        .put("hops", response.promise().hops());
            case Packet.Located located -> out.put("secret", located.secret().secret());
            case Packet.Receipt receipt -> {
                out.put("size", receipt.size()).put("sha256", receipt.sha256());
                receipt.contents().ifPresent(value -> out.put("contents", value));
                out.put("opened", receipt.opened() ? "yes" : "no");
                receipt.recipient().ifPresent(value -> out.put("recipient", value));
                out.put("received", receipt.received());
            }
            case Packet.Refusal refusal -> {
                out.put("size", refusal.size()).put("sha256", refusal.sha256());
                refusal.contents().ifPresent(value -> out.put("contents", value));
                refusal.recipient().ifPresent(value -> out.put("recipient", value));
                out.put("problem", refusal.problem().code()).put("received", refusal.received());
            }
            case Packet.Profile profile ->
                out.put("serial", profile.serial())
                        .put("recipient", profile.recipient())
                        .put("maxsize", profile.maxSize())
                        .put("expires", profile.expires());
            case Packet.Release release ->
                out.put("size", release.size())
                        .put("sha256", release.sha256())
                        .put("pieces", release.pieces())
                        .put("release", release.release())
                        .put("published", release.published())
                        .put("expires", release.expires());
            case Packet.Catalogue catalogue ->
                out.put("size", catalogue.size())
                        .put("sha256", catalogue.sha256())
                        .put("release", catalogue.release())
                        .put("published", catalogue.published())
                        .put("expires", catalogue.expires());
            case Packet.Label label ->
                out.put("size", label.size())
                        .put("sha256", label.sha256())
                        .put("contents", label.contents())
                        .put("recipient", label.recipient());
        }
        return packet instanceof Packet.Request ? out.padded(MAX_RESPONSE) : out.bytes();
    }

    private static Packet request(Attributes in) throws PacketFault {
        TaskId id = in.id();
        Packet.Method method = in.method();
        BackendUrl backend = in.backend();
        return new Packet.Request(
                id,
                method,
                backend,
                in.number("size", 0, Packet.MAX_SIZE),
                (int) in.number("relays", 0, Packet.Request.MAX_RELAYS),
                (int) in.number("maxhops", 1, Promise.MAX_HOPS),
                in.need("commit", Sha256::fromBase64Url),
                in.find("sha256", Sha256::new));
    }

    private static Packet response(Attributes in) throws PacketFault {
        TaskId id = in.id();
        Packet.Method method = in.method();
        AliasUrl alias = in.alias();
        NodeId node = in.need("node", NodeId::parse);
        Promise promise = new Promise(
                in.number("interval", 0, Promise.MAX_SECONDS),
                in.number("wait", 0, Promise.MAX_SECONDS),
                in.number("backlog", 0, Promise.MAX_BYTES),
                in.number("rate", 1, Promise.MAX_BYTES),
                (int) in.number("hops", 0, Promise.MAX_HOPS));
        return new Packet.Response(id, method, alias, node, promise);
    }

    private static Packet located(Attributes in) throws PacketFault {
        TaskId id = in.id();
        Packet.Method method = in.method();
        AliasUrl alias = in.alias();
        return new Packet.Located(id, method, alias, in.need("secret", Commitment::new));
    }

    private static Packet receipt(Attributes in) throws PacketFault {
        TaskId id = in.id();
        in.only(Packet.Method.PUT);
        BackendUrl backend = in.backend();
        return new Packet.Receipt(
                id,
                backend,
                in.number("size", 0, Packet.MAX_SIZE),
                in.need("sha256", Sha256::new),
                in.find("contents", Sha256::new),
                in.need("opened", PacketCodec::yesOrNo),
                in.find("recipient", Forms::recipient),
                in.time("received"));
    }

    private static Packet refusal(Attributes in) throws PacketFault {
        TaskId id = in.id();
        in.only(Packet.Method.PUT);
        BackendUrl backend = in.backend();
        return new Packet.Refusal(
                id,
                backend,
                in.number("size", 0, Packet.MAX_SIZE),
                in.need("sha256", Sha256::new),
                in.find("contents", Sha256::new),
                in.find("recipient", Forms::recipient),
                in.need("problem", Packet.Refusal::decisive),
                in.time("received"));
    }

    private static Packet profile(Attributes in) throws PacketFault {
        TaskId id = in.id();
        in.only(Packet.Method.PUT);
        BackendUrl backend = in.backend();
        return new Packet.Profile(
                id,
                backend,
                in.number("serial", 0, Packet.Profile.MAX_SERIAL),
                in.need("recipient", Forms::recipient),
                in.number("maxsize", 1, Packet.MAX_SIZE),
                in.time("expires"));
    }

    private static Packet release(Attributes in) throws PacketFault {
        TaskId id = in.id();
        in.only(Packet.Method.GET);
        FileUrl file = in.file();
        long size = in.number("size", 0, Packet.Release.MAX_FILE);
        Sha256 sha256 = in.need("sha256", Sha256::new);
        Sha256 pieces = in.need("pieces", Sha256::new);
        long release = in.number("release", 1, Packet.Release.MAX_RELEASE);
        Instant published = in.time("published");
        return new Packet.Release(id, file, size, sha256, pieces, release, published, expires(in, published));
    }

    private static Packet catalogue(Attributes in) throws PacketFault {
        TaskId id = in.id();
        in.only(Packet.Method.GET);
        BackendUrl backend = in.publisher();
        long size = in.number("size", 0, CatalogueList.MAX_BYTES);
        Sha256 sha256 = in.need("sha256", Sha256::new);
        long release = in.number("release", 1, Packet.Release.MAX_RELEASE);
        Instant published = in.time("published");
        return new Packet.Catalogue(id, backend, size, sha256, release, published, expires(in, published));
    }

    private static Instant expires(Attributes in, Instant published) throws PacketFault {
        return in.need("expires", text -> Forms.after(published, Forms.time(text)));
    }

    private static Packet.Label label(Attributes in) throws PacketFault {
        TaskId id = in.id();
        in.only(Packet.Method.PUT);
        BackendUrl backend = in.backend();
        return new Packet.Label(
                id,
                backend,
                in.number("size", 0, Packet.MAX_SIZE),
                in.need("sha256", Sha256::new),
                in.need("contents", Sha256::new),
                in.need("recipient", Forms::recipient));
    }

    private static boolean yesOrNo(String text) {
        return switch (text) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new IllegalArgumentException("neither yes nor no");
        };
    }

    private static int largestResponse() {
        try {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 203, 0, 113, (byte) 254}), 65535);
            int rest = AliasUrl.MAX_LENGTH - "https://203.0.113.254:65535/".length();
            Packet response = new Packet.Response(
                    TaskId.parse("00000000-0000-7000-8000-000000000000"),
                    Packet.Method.PUT,
                    AliasUrl.at(true, address, "/" + "a".repeat(rest)),
                    new NodeId(Sha256.of(new byte[0])),
                    new Promise(
                            Promise.MAX_SECONDS,
                            Promise.MAX_SECONDS,
                            Promise.MAX_BYTES,
                            Promise.MAX_BYTES,
                            Promise.MAX_HOPS));
            return encode(response).length;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IPv4 address has four bytes", e);
        }
    }

    /** One element on its way out. No value of the protocol has a character that XML would have to escape. */
    private static final class Element {
        private final StringBuilder text = new StringBuilder(640).append("<service");

        Element(Packet packet) {
            put("type", packet.type())
                    .put("version", VERSION)
                    .put("ID", packet.id())
                    .put("method", packet.method())
                    .put("href", packet.href())
                    .put("acceptprotocol", packet.acceptProtocol());
        }

        Element put(String name, Object value) {
            text.append(' ').append(name).append("=\"").append(value).append('"');
            return this;
        }

        byte[] bytes() {
            return (text + "/>").getBytes(US_ASCII);
        }

        byte[] padded(int least) {
            int missing = least - text.length() - "/>".length();
            if (missing > 0) {
                put("pad", "0".repeat(Math.max(0, missing - PAD_FRAME)));
            }
            return bytes();
        }
    }
}
