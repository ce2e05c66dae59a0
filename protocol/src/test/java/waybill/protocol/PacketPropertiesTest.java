package waybill.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Property tests of the codec over every kind of packet. */
class PacketPropertiesTest {

    @Property
    void everyPacketReadsBackAsItWas(@ForAll("packets") Packet packet) throws PacketFault {
        byte[] bytes = PacketCodec.encode(packet);

        assertThat(PacketCodec.parse(bytes, carrier(packet))).isEqualTo(packet);
        assertThat(PacketCodec.encode(packet)).isEqualTo(bytes);
    }

    @Property
    void noResponseIsLargerThanAnyRequest(@ForAll("requests") Packet request, @ForAll("responses") Packet response) {
        int asked = PacketCodec.encode(request).length;
        int answered = PacketCodec.encode(response).length;

        assertThat(answered).isLessThanOrEqualTo(PacketCodec.MAX_RESPONSE);
        assertThat(asked).isBetween(PacketCodec.MAX_RESPONSE, PacketCodec.MAX_UDP);
    }

    /** Whatever a changed packet still means, writing it and reading it again means the same. */
    @Property(tries = 5000)
    void whatIsAcceptedIsStable(
            @ForAll("packets") Packet packet, @ForAll("changes") String change, @ForAll @IntRange(max = 1200) int where)
            throws PacketFault {
        String text = new String(PacketCodec.encode(packet), UTF_8);
        int at = where % text.length();
        byte[] changed =
                (text.substring(0, at) + change + text.substring(Math.min(text.length(), at + 1))).getBytes(UTF_8);
        Packet read;
        try {
            read = PacketCodec.parse(changed, PacketCodec.MAX_CMS);
        } catch (PacketFault e) {
            assertThat(e.kind()).isNotNull();
            return;
        }
        byte[] written = PacketCodec.encode(read);
        assertThat(PacketCodec.parse(written, PacketCodec.MAX_CMS)).isEqualTo(read);
        assertThat(PacketCodec.encode(PacketCodec.parse(written, PacketCodec.MAX_CMS)))
                .isEqualTo(written);
    }

    @Property
    void everyAttributeIsMandatoryButTheClaims(@ForAll("packets") Packet packet) {
        String text = new String(PacketCodec.encode(packet), UTF_8);
        for (String name : PacketNames.of(text)) {
            byte[] without = text.replaceFirst(" " + name + "=\"[^\"]*\"", "").getBytes(UTF_8);
            boolean claim = packet instanceof Packet.Request
                    ? List.of("sha256", "pad").contains(name)
                    : List.of("contents", "recipient").contains(name)
                            && !(packet instanceof Packet.Profile)
                            && !(packet instanceof Packet.Label);
            if (claim) {
                assertThat(parsed(without)).isPresent();
            } else {
                assertThatThrownBy(() -> PacketCodec.parse(without, PacketCodec.MAX_CMS))
                        .isInstanceOfSatisfying(PacketFault.class, fault -> {
                            assertThat(fault.kind()).isEqualTo(PacketFault.Kind.MISSING_ATTRIBUTE);
                            assertThat(fault.attribute()).isEqualTo(name);
                        });
            }
        }
    }

    @Property
    void noTruncatedPacketIsRead(@ForAll("packets") Packet packet, @ForAll @IntRange(min = 1, max = 1200) int cut) {
        byte[] bytes = PacketCodec.encode(packet);

        assertThat(parsed(Arrays.copyOf(bytes, Math.max(0, bytes.length - cut))))
                .isEmpty();
    }

    /** Names of attributes, apart from the codec. */
    private static final class PacketNames {
        static List<String> of(String text) {
            return Arrays.stream(text.split(" "))
                    .filter(part -> part.contains("=\""))
                    .map(part -> part.substring(0, part.indexOf('=')))
                    .toList();
        }
    }

    private static Optional<Packet> parsed(byte[] bytes) {
        try {
            return Optional.of(PacketCodec.parse(bytes, PacketCodec.MAX_CMS));
        } catch (PacketFault e) {
            return Optional.empty();
        }
    }

    private static int carrier(Packet packet) {
        boolean udp = List.of("request", "response", "located").contains(packet.type());
        return udp ? PacketCodec.MAX_UDP : PacketCodec.MAX_CMS;
    }

    @Provide
    Arbitrary<String> changes() {
        return Arbitraries.of(
                "", "0", "9", "A", " ", "\"", "<", ">", "/", "&", "&#48;", "'", "\t", "é", "=", "-", "x=\"y\" ");
    }

    @Provide
    Arbitrary<Packet> packets() {
        return Arbitraries.oneOf(
                requests(),
                responses(),
                located(),
                receipts(),
                refusals(),
                profiles(),
                releases(),
                catalogues(),
                labels());
    }

    @Provide
    Arbitrary<Packet> requests() {
        return Combinators.combine(
                        ids(),
                        methods(),
                        backends(),
                        Arbitraries.longs().between(0, Packet.MAX_SIZE),
                        Arbitraries.integers().between(0, Packet.Request.MAX_RELAYS),
                        Arbitraries.integers().between(1, Promise.MAX_HOPS),
                        digests(),
                        digests().optional())
                .as(Packet.Request::new);
    }

    @Provide
    Arbitrary<Packet> responses() {
        Arbitrary<Promise> promises = Combinators.combine(
                        Arbitraries.longs().between(0, Promise.MAX_SECONDS),
                        Arbitraries.longs().between(0, Promise.MAX_SECONDS),
                        Arbitraries.longs().between(0, Promise.MAX_BYTES),
                        Arbitraries.longs().between(1, Promise.MAX_BYTES),
                        Arbitraries.integers().between(0, Promise.MAX_HOPS))
                .as(Promise::new);
        return Combinators.combine(ids(), methods(), aliases(), digests().map(NodeId::new), promises)
                .as(Packet.Response::new);
    }

    private Arbitrary<Packet> located() {
        return Combinators.combine(ids(), methods(), aliases(), digests().map(d -> Commitment.to(d.bytes())))
                .as(Packet.Located::new);
    }

    private Arbitrary<Packet> receipts() {
        return Combinators.combine(
                        ids(),
                        backends(),
                        Arbitraries.longs().between(0, Packet.MAX_SIZE),
                        digests(),
                        digests().optional(),
                        Arbitraries.of(true, false),
                        recipients().optional(),
                        times())
                .as(Packet.Receipt::new);
    }

    private Arbitrary<Packet> refusals() {
        return Combinators.combine(
                        ids(),
                        backends(),
                        Arbitraries.longs().between(0, Packet.MAX_SIZE),
                        digests(),
                        digests().optional(),
                        recipients().optional(),
                        Arbitraries.of(Problem.class).filter(problem -> !problem.retryable()),
                        times())
                .as(Packet.Refusal::new);
    }

    private Arbitrary<Packet> profiles() {
        return Combinators.combine(
                        ids(),
                        backends(),
                        Arbitraries.longs().between(0, Packet.Profile.MAX_SERIAL),
                        recipients(),
                        Arbitraries.longs().between(1, Packet.MAX_SIZE),
                        times())
                .as(Packet.Profile::new);
    }

    private Arbitrary<Packet> releases() {
        return Combinators.combine(
                        ids(),
                        files(),
                        Arbitraries.longs().between(0, Packet.Release.MAX_FILE),
                        digests(),
                        digests(),
                        Arbitraries.longs().between(1, Packet.Release.MAX_RELEASE),
                        spans())
                .as((id, file, size, sha256, pieces, release, span) ->
                        new Packet.Release(id, file, size, sha256, pieces, release, span[0], span[1]));
    }

    private Arbitrary<Packet> catalogues() {
        return Combinators.combine(
                        ids(),
                        backends(),
                        Arbitraries.longs().between(0, CatalogueList.MAX_BYTES),
                        digests(),
                        Arbitraries.longs().between(1, Packet.Release.MAX_RELEASE),
                        spans())
                .as((id, backend, size, sha256, release, span) ->
                        new Packet.Catalogue(id, backend, size, sha256, release, span[0], span[1]));
    }

    private static Arbitrary<FileUrl> files() {
        Arbitrary<FileName> names = paths("abcXYZ019_~-", FileName.MAX_LENGTH)
                .filter(path -> !path.isEmpty())
                .map(path -> new FileName(path.substring(1)));
        return Combinators.combine(backends(), names)
                .as((backend, name) -> backend.toString().length() + name.text().length() < FileUrl.MAX_LENGTH - 8
                        ? FileUrl.of(backend, name)
                        : FileUrl.of(BackendUrl.parse("https://b"), name));
    }

    /** A beginning and an end behind it. */
    private static Arbitrary<Instant[]> spans() {
        return Combinators.combine(times(), times())
                .as((one, other) -> one.isBefore(other) ? new Instant[] {one, other} : new Instant[] {other, one})
                .filter(span -> span[0].isBefore(span[1]));
    }

    private Arbitrary<Packet> labels() {
        return Combinators.combine(
                        ids(),
                        backends(),
                        Arbitraries.longs().between(0, Packet.MAX_SIZE),
                        digests(),
                        digests(),
                        recipients())
                .as(Packet.Label::new);
    }

    private static Arbitrary<TaskId> ids() {
        return Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                .as((high, low) -> new TaskId(new UUID(
                        (high & ~0xf000L) | 0x7000L, (low & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L)));
    }

    private static Arbitrary<Packet.Method> methods() {
        return Arbitraries.of(Packet.Method.class);
    }

    private static Arbitrary<Sha256> digests() {
        return Arbitraries.bytes().array(byte[].class).ofSize(32).map(Sha256::ofDigest);
    }

    private static Arbitrary<String> recipients() {
        return Arbitraries.strings()
                .withChars("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
                .ofLength(58)
                .map(data -> "age1" + data);
    }

    private static Arbitrary<Instant> times() {
        return Arbitraries.longs().between(0, 253_402_300_799L).map(Instant::ofEpochSecond);
    }

    private static Arbitrary<BackendUrl> backends() {
        Arbitrary<String> hosts =
                Arbitraries.of("b", "backend.example", "a-b.c-d.example", "192.0.2.7", "x".repeat(63) + ".example");
        Arbitrary<String> ports = Arbitraries.integers()
                .between(1, 65535)
                .map(port -> port == 443 || port == 80 || port % 2 == 0 ? "" : ":" + port);
        return Combinators.combine(
                        Arbitraries.of("https://", "http://"),
                        hosts,
                        ports,
                        paths("abcXYZ019_~-", BackendUrl.MAX_LENGTH - 90))
                .as((scheme, host, port, path) -> BackendUrl.parse(scheme + host + port + path));
    }

    private static Arbitrary<AliasUrl> aliases() {
        Arbitrary<InetAddress> addresses = Arbitraries.oneOf(
                        Arbitraries.bytes().array(byte[].class).ofSize(4),
                        Arbitraries.bytes().array(byte[].class).ofSize(16))
                .map(PacketPropertiesTest::address)
                .filter(address -> !address.isAnyLocalAddress()
                        && !address.isMulticastAddress()
                        && !address.getHostAddress().equals("255.255.255.255"));
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        addresses,
                        Arbitraries.integers().between(1, 65535),
                        paths("abcXYZ019_-", AliasUrl.MAX_LENGTH - 60).filter(path -> !path.isEmpty()))
                .as((encrypted, address, port, path) ->
                        AliasUrl.at(encrypted, new InetSocketAddress(address, port), path));
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static Arbitrary<String> paths(String chars, int most) {
        Arbitrary<String> segment =
                Arbitraries.strings().withChars(chars).ofMinLength(1).ofMaxLength(most);
        return segment.list().ofMaxSize(5).map(segments -> {
            String path = String.join("", segments.stream().map(s -> "/" + s).toList());
            String bounded = path.substring(0, Math.min(path.length(), most));
            return bounded.endsWith("/") ? bounded.substring(0, bounded.length() - 1) : bounded;
        });
    }
}
