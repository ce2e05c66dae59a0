package waybill.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;

/**
 * A backend without a network: it signs for what it is sent unless told otherwise. Its "CMS" is text after a 0x30, its
 * verifier takes that text at its word but compares it with what was sent.
 */
final class FakeBackend implements HopWithoutUpdates, Verifier {
    static final BackendUrl URL = BackendUrl.parse("https://backend.example/inbox");
    static final String AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    static final String OTHER_AGE = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
    static final X509Certificate SIGNER = certificate(Instant.parse("2027-03-01T00:00:00Z"));

    /** What it does with one upload. */
    @FunctionalInterface
    interface Turn {
        HopAnswer answer(Upload upload, byte[] body) throws IOException;
    }

    /** What it does with the next uploads; after them it signs. */
    final Deque<Turn> turns = new ArrayDeque<>();

    /** What it does with the next upload, before it reads a byte of it. */
    final Deque<Turn> early = new ArrayDeque<>();

    final List<DeliveryKey> puts = new ArrayList<>();
    final List<Upload> uploads = new ArrayList<>();
    final Map<DeliveryKey, HopAnswer> outcomes = new HashMap<>();
    final List<DeliveryKey> collects = new ArrayList<>();

    @Nullable
    HopAnswer profileAnswer;

    int profileFetches;

    /** Happens when an upload begins. */
    Runnable onUpload = () -> {};

    /** Whoever listens elsewhere. */
    final Map<URI, HopClient> others = new HashMap<>();

    /** Whether it cannot be reached. */
    boolean gone;

    private Optional<HopClient> other(Peer peer) throws UnreachableException {
        if (peer.base().equals(URL.uri())) {
            if (gone) {
                throw new UnreachableException("no route", new IOException());
            }
            return Optional.empty();
        }
        HopClient other = others.get(peer.base());
        if (other == null) {
            throw new UnreachableException("nobody at " + peer.base(), new IOException());
        }
        return Optional.of(other);
    }

    @Override
    public HopAnswer put(Peer peer, Upload upload, Duration limit) throws IOException {
        Optional<HopClient> other = other(peer);
        if (other.isPresent()) {
            return other.get().put(peer, upload, limit);
        }
        puts.add(upload.key());
        uploads.add(upload);
        onUpload.run();
        if (!early.isEmpty()) {
            return early.removeFirst().answer(upload, new byte[0]);
        }
        Turn turn = turns.isEmpty() ? FakeBackend::sign : turns.removeFirst();
        if (turn == Turns.UNREACHABLE) {
            return turn.answer(upload, new byte[0]);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (SeekableByteChannel source = upload.source().open()) {
            ByteBuffer buffer = ByteBuffer.allocate(1024);
            while (source.read(buffer) >= 0) {
                body.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        }
        upload.progress().sent(body.size());
        HopAnswer answer = turn.answer(upload, body.toByteArray());
        if (answer instanceof HopAnswer.Cms) {
            outcomes.put(upload.key(), answer);
        }
        return answer;
    }

    /** Usual turns. */
    static final class Turns {
        static final Turn UNREACHABLE = (upload, body) -> {
            throw new UnreachableException("connection refused", new IOException());
        };

        private Turns() {}

        static Turn fail(int status, @Nullable Problem problem, @Nullable Duration retryAfter) {
            return (upload, body) -> new HopAnswer.Failed(
                    status, Optional.ofNullable(problem), Optional.ofNullable(retryAfter), "because");
        }
    }

    static HopAnswer sign(Upload upload, byte[] body) {
        return Sha256.of(body).equals(upload.key().sha256())
                ? new HopAnswer.Cms(receipt(upload.key(), upload.size()))
                : new HopAnswer.Failed(
                        422, Optional.of(Problem.DIGEST_MISMATCH), Optional.empty(), "not the bytes of the digest");
    }

    static byte[] receipt(DeliveryKey key, long size) {
        return ("0receipt " + key + " " + size).getBytes(StandardCharsets.UTF_8);
    }

    static byte[] refusal(DeliveryKey key, long size) {
        return ("0refusal " + key + " " + size).getBytes(StandardCharsets.UTF_8);
    }

    /** Refuses whoever claims a recipient that is not its own. */
    static HopAnswer signForOwnRecipient(Upload upload, byte[] body) {
        return upload.recipient().filter(claim -> !claim.equals(AGE)).isPresent()
                ? new HopAnswer.Cms(("0unknown " + upload.key() + " " + upload.size()).getBytes(StandardCharsets.UTF_8))
                : sign(upload, body);
    }

    @Override
    public HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) throws IOException {
        Optional<HopClient> other = other(peer);
        if (other.isPresent()) {
            return other.get().collect(peer, key, hold);
        }
        collects.add(key);
        return outcomes.getOrDefault(
                key, new HopAnswer.Failed(404, Optional.of(Problem.NOT_FOUND), Optional.empty(), ""));
    }

    @Override
    public HopAnswer profile(Peer peer) throws IOException {
        Optional<HopClient> other = other(peer);
        if (other.isPresent()) {
            return other.get().profile(peer);
        }
        profileFetches++;
        return profileAnswer == null
                ? new HopAnswer.Failed(503, Optional.empty(), Optional.empty(), "")
                : profileAnswer;
    }

    @Override
    public Signed<Packet> outcome(byte[] cms, DeliveryKey key, long size) throws SignatureFault {
        String[] words = new String(cms, StandardCharsets.UTF_8).split(" ", -1);
        if (words.length != 3) {
            throw new SignatureFault(SignatureFault.Kind.MALFORMED, "not a packet");
        }
        if (!words[1].equals(key.toString()) || !words[2].equals(Long.toString(size))) {
            throw new SignatureFault(SignatureFault.Kind.WRONG_DELIVERY, words[1]);
        }
        Packet packet =
                switch (words[0]) {
                    case "0receipt" ->
                        new Packet.Receipt(
                                key.id(),
                                URL,
                                size,
                                key.sha256(),
                                key.contents(),
                                true,
                                Optional.empty(),
                                FakeClock.START);
                    case "0unknown" -> refusal(key, size, Problem.UNKNOWN_RECIPIENT, Optional.of(OTHER_AGE));
                    default -> refusal(key, size, Problem.TOO_LARGE, Optional.empty());
                };
        return new Signed<>(packet, SIGNER, "SHA256withECDSA");
    }

    private static Packet.Refusal refusal(DeliveryKey key, long size, Problem problem, Optional<String> recipient) {
        return new Packet.Refusal(
                key.id(), URL, size, key.sha256(), key.contents(), recipient, problem, FakeClock.START);
    }

    static byte[] profile(long serial, Instant expires) {
        return ("0profile " + serial + " " + expires).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Signed<Packet.Profile> profile(byte[] cms) throws SignatureFault {
        String[] words = new String(cms, StandardCharsets.UTF_8).split(" ", -1);
        if (!words[0].equals("0profile")) {
            throw new SignatureFault(SignatureFault.Kind.BAD_SIGNATURE, "forged");
        }
        return new Signed<>(
                new Packet.Profile(
                        TaskId.parse("019a8c1e-0000-7000-8000-000000000000"),
                        URL,
                        Long.parseLong(words[1]),
                        AGE,
                        1 << 20,
                        Instant.parse(words[2])),
                SIGNER,
                "SHA256withECDSA");
    }

    static X509Certificate certificate(Instant notAfter) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            KeyPair pair = generator.generateKeyPair();
            X500Name name = new X500Name("CN=fake");
            return new JcaX509CertificateConverter()
                    .getCertificate(new JcaX509v3CertificateBuilder(
                                    name,
                                    BigInteger.ONE,
                                    Date.from(Instant.parse("2020-01-01T00:00:00Z")),
                                    Date.from(notAfter),
                                    name,
                                    pair.getPublic())
                            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }
}
