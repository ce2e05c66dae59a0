package waybill.requester;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import waybill.discovery.Lan;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.parcel.AgeKeys;
import waybill.parcel.Parcel;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.relay.HopWithoutUpdates;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.signature.TrustPolicy;
import waybill.trust.Blacklist;
import waybill.trust.FileBlacklist;
import waybill.trust.KnownBackends;
import waybill.trust.NodeIdentity;
import waybill.trust.TrackRecord;

/** A requester among actors that follow a script, on time that only passes when somebody waits. */
final class Stage {
    static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    static final BackendUrl PLAIN_BACKEND = BackendUrl.parse("http://backend.example/inbox");
    static final Promise PROMISE = new Promise(60, 5, 0, 1 << 20, 1);
    static final String RECIPIENT = AgeKeys.generate().recipient();
    static final String OTHER_RECIPIENT = AgeKeys.generate().recipient();

    final Path directory;
    final TestClocks clocks = new TestClocks();
    final TestHop hop = new TestHop();
    final TestFinder finder = new TestFinder();
    final List<Journey.Step> steps = new ArrayList<>();
    /** How often somebody had a profile verified. */
    int profilesVerified;

    final TrustPolicy trust;
    RequesterConfig.Builder config;

    Stage(Path directory) throws IOException {
        this.directory = directory;
        this.trust = anchor("anchor");
        this.config = config(trust);
    }

    private RequesterConfig.Builder config(TrustPolicy policy) {
        return RequesterConfig.builder(data(), policy)
                .backend(BACKEND)
                .receipts(directory.resolve("receipts"))
                .giveUp(Duration.ofMinutes(5));
    }

    private TrustPolicy anchor(String name) throws IOException {
        return TrustPolicy.of(List.of(
                NodeIdentity.load(directory.resolve(name), InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")))
                        .certificate()));
    }

    /** Another trust file, and the LAN only. */
    void changeAnchors() throws IOException {
        config = config(anchor("other")).via(RequesterConfig.Via.LAN);
    }

    Path data() {
        return directory.resolve("data");
    }

    Requester open() throws IOException {
        return Requester.open(
                config.build(),
                new Collaborators(hop, finder::of, new TestVerifier(), Parcel::seal, clocks, new SplittableRandom(7)));
    }

    Path file(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    /** Sends one small file to its decision. */
    Decision send() throws Exception {
        try (Requester requester = open()) {
            return requester.send(List.of(file("in/report.txt", "all is well")), steps::add);
        }
    }

    /** Takes the one outstanding task up again, as another process would. */
    Decision resume() throws Exception {
        try (Requester requester = open()) {
            return requester.resume(task().id(), steps::add);
        }
    }

    OutboxTask task() {
        List<OutboxTask> tasks = outbox();
        if (tasks.size() != 1) {
            throw new AssertionError("one task was expected: " + tasks);
        }
        return tasks.getFirst();
    }

    List<OutboxTask> outbox() {
        try {
            return Outbox.open(data().resolve("outbox")).list();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Blacklist blacklist() throws IOException {
        return FileBlacklist.open(data(), clocks);
    }

    TrackRecord relays() throws IOException {
        return TrackRecord.open(data(), clocks);
    }

    KnownBackends backends() throws IOException {
        return KnownBackends.open(data());
    }

    <S extends Journey.Step> List<S> steps(Class<S> type) {
        return steps.stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<Journey.Passing> passed() {
        return steps(Journey.Step.PassedOver.class).stream()
                .map(Journey.Step.PassedOver::why)
                .toList();
    }

    /** The backend, dialled directly. */
    Host backend() {
        return hop.host(BACKEND.uri());
    }

    /** A relay that answers every round. */
    Host relay(String name) {
        return relay(name, PROMISE, true);
    }

    Host relay(String name, Promise promise, boolean encrypted) {
        Offer offer = offer(name, promise, encrypted);
        finder.offers.add(offer);
        Host host = hop.host(offer.alias().uri());
        host.put = () -> new HopAnswer.Accepted(promise);
        return host;
    }

    static NodeId node(String name) {
        return new NodeId(Sha256.of(name.getBytes(StandardCharsets.UTF_8)));
    }

    static InetAddress address(String name) {
        return InetAddress.ofLiteral("127.0.0." + (1 + Math.floorMod(name.hashCode(), 250)));
    }

    static Offer offer(String name, Promise promise, boolean encrypted) {
        return offer(node(name), name, promise, encrypted);
    }

    /** An offer of this node at the alias of that name. */
    static Offer offer(NodeId node, String name, Promise promise, boolean encrypted) {
        InetAddress address = address(name);
        AliasUrl alias =
                AliasUrl.parse((encrypted ? "https://" : "http://") + address.getHostAddress() + ":7506/a/" + name);
        return new Offer(node, alias, promise, address, new Lan("lo", InetAddress.ofLiteral("127.0.0.1"), 8));
    }

    static Blacklist.Subject subject(String name) {
        return new Blacklist.Subject.Node(node(name));
    }

    static HopAnswer.Cms receipt() {
        return cms("receipt");
    }

    static HopAnswer.Cms refusal(Problem problem, String recipient) {
        return cms("refusal " + problem + " " + recipient);
    }

    static HopAnswer.Cms fault(SignatureFault.Kind kind) {
        return cms("fault " + kind);
    }

    static HopAnswer.Cms profile(long serial) {
        return cms("profile " + serial + " " + (1L << 30));
    }

    static HopAnswer.Cms cms(String text) {
        return new HopAnswer.Cms(text.getBytes(StandardCharsets.UTF_8));
    }

    static HopAnswer.Failed failed(Problem problem) {
        return new HopAnswer.Failed(problem.status(), Optional.of(problem), Optional.empty(), "in the script");
    }

    /** Both clocks, moved by whoever waits; the wall clock can be set apart from the other. */
    static final class TestClocks implements Clocks {
        private Instant wall = Instant.parse("2026-03-01T00:00:00Z");
        private long ticks = 1_000_000_000_000L;
        final List<Duration> pauses = new ArrayList<>();
        Interruption beforePause = () -> {};

        /** Somebody else, while one waits. */
        @FunctionalInterface
        interface Interruption {
            void happens() throws InterruptedException;
        }

        @Override
        public Instant instant() {
            return wall;
        }

        @Override
        public long ticks() {
            return ticks;
        }

        @Override
        public void pause(Duration time) throws InterruptedException {
            pauses.add(time);
            beforePause.happens();
            pass(time);
        }

        void pass(Duration time) {
            wall = wall.plus(time);
            ticks += time.toNanos();
        }

        void set(Duration ahead) {
            wall = wall.plus(ahead);
        }
    }

    /** One peer of the hop API. By default: it has the profile, takes the upload, and the receipt after a while. */
    final class Host {
        Script<HopAnswer> profile = () -> Stage.profile(1);
        Script<HopAnswer> put = () -> new HopAnswer.Accepted(PROMISE);
        Duration receiptAfter = Duration.ofSeconds(10);
        Script<HopAnswer> outcome = Stage::receipt;
        /** What every collection answers, where it is set. */
        Optional<Script<HopAnswer>> collect = Optional.empty();

        Optional<Long> acceptedAt = Optional.empty();
        int puts;
        int collections;
        final List<DeliveryKey> keys = new ArrayList<>();
        final List<byte[]> bodies = new ArrayList<>();

        /** Never has a receipt. */
        Host silent() {
            receiptAfter = Duration.ofDays(1000);
            return this;
        }

        private HopAnswer put(Upload upload) throws IOException {
            puts++;
            keys.add(upload.key());
            try (SeekableByteChannel source = upload.source().open()) {
                ByteBuffer body = ByteBuffer.allocate((int) source.size());
                while (body.hasRemaining() && source.read(body) >= 0) {
                    upload.progress().sent(body.position());
                }
                bodies.add(body.array());
            }
            HopAnswer answer = put.play();
            if (answer instanceof HopAnswer.Accepted) {
                acceptedAt = Optional.of(clocks.ticks());
            }
            return answer;
        }

        private HopAnswer collect(Duration hold) throws IOException {
            collections++;
            if (collect.isPresent()) {
                return collect.get().play();
            }
            if (acceptedAt.isEmpty()) {
                return failed(Problem.NOT_FOUND);
            }
            Duration left = receiptAfter.minusNanos(clocks.ticks() - acceptedAt.get());
            if (left.isPositive()) {
                clocks.pass(left.compareTo(hold) < 0 ? left : hold);
            }
            return clocks.ticks() - acceptedAt.get() >= receiptAfter.toNanos()
                    ? outcome.play()
                    : new HopAnswer.NotYet(Duration.ofSeconds(1));
        }
    }

    /** What an actor does. */
    @FunctionalInterface
    interface Script<T> {
        T play() throws IOException;

        static <T> Script<T> unreachable() {
            return () -> {
                throw new HopClient.UnreachableException("no route", new IOException());
            };
        }

        static <T> Script<T> wrongPeer() {
            return () -> {
                throw new HopClient.WrongPeerException("another key", new IOException());
            };
        }

        static <T> Script<T> broken() {
            return () -> {
                throw new IOException("connection reset");
            };
        }

        /** As if the user had pressed Ctrl-C. */
        static <T> Script<T> interrupted() {
            return () -> {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            };
        }
    }

    /** A hop client without a network. Who is in no script cannot be reached. */
    final class TestHop implements HopWithoutUpdates {
        final Map<URI, Host> hosts = new HashMap<>();
        final List<Peer> dialled = new ArrayList<>();

        Host host(URI base) {
            return hosts.computeIfAbsent(base, _ -> new Host());
        }

        private Host at(Peer peer) throws IOException {
            dialled.add(peer);
            Host host = hosts.get(peer.base());
            if (host == null) {
                throw new UnreachableException("no route to " + peer.base(), new IOException());
            }
            return host;
        }

        @Override
        public HopAnswer put(Peer peer, Upload upload, Duration limit) throws IOException {
            return at(peer).put(upload);
        }

        @Override
        public HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) throws IOException {
            return at(peer).collect(hold);
        }

        @Override
        public HopAnswer profile(Peer peer) throws IOException {
            return at(peer).profile.play();
        }
    }

    /** What happens to a request. */
    @FunctionalInterface
    interface Asking {
        void sent() throws IOException;
    }

    /** Discovery without a LAN. */
    final class TestFinder implements RelayFinder {
        final List<Offer> offers = new ArrayList<>();
        final List<Offer> located = new ArrayList<>();
        final List<Question> questions = new ArrayList<>();
        /** Who answers in each round, from 1; everybody unless it is set. */
        IntFunction<List<Offer>> answering = _ -> List.copyOf(offers);

        /** What happens to a request. */
        Asking onAsk = () -> {};

        /** Who answers only when the round is about to be closed. */
        List<NodeId> late = List.of();

        private RelaysSeen seen = new RelaysSeen(clocks);

        private TestFinder of(RelaysSeen told) {
            seen = told;
            return this;
        }

        @Override
        public Round ask(Question question) throws IOException {
            questions.add(question);
            onAsk.sent();
            int round = questions.size();
            return new Round() {
                @Override
                public List<Offer> gather(Duration window, int enough) {
                    clocks.pass(window);
                    List<Offer> heard = answering.apply(round);
                    heard.forEach(offer -> seen.answered(offer.node()));
                    return heard;
                }

                @Override
                public void located(Offer chosen) {
                    located.add(chosen);
                }

                @Override
                public void close() {
                    late.forEach(seen::answered);
                }
            };
        }

        @Override
        public void close() {}
    }

    /** Takes the text of a script for what it says. */
    private final class TestVerifier implements Collaborators.Verifier {
        @Override
        public Signed<Packet> outcome(byte[] cms, BackendUrl backend, DeliveryKey key, long size)
                throws SignatureFault {
            String[] words = new String(cms, StandardCharsets.UTF_8).split(" ", -1);
            Instant received = clocks.instant();
            return switch (words[0]) {
                case "receipt" ->
                    signed(new Packet.Receipt(
                            key.id(),
                            backend,
                            size,
                            key.sha256(),
                            key.contents(),
                            true,
                            Optional.of(RECIPIENT),
                            received));
                case "refusal" ->
                    signed(new Packet.Refusal(
                            key.id(),
                            backend,
                            size,
                            key.sha256(),
                            key.contents(),
                            Optional.of(words[2]),
                            Problem.valueOf(words[1]),
                            received));
                case "fault" -> throw new SignatureFault(SignatureFault.Kind.valueOf(words[1]), "in the script");
                default -> throw new SignatureFault(SignatureFault.Kind.MALFORMED, "not in the script");
            };
        }

        @Override
        public Signed<Packet.Profile> profile(byte[] cms, BackendUrl backend) throws SignatureFault {
            profilesVerified++;
            String[] words = new String(cms, StandardCharsets.UTF_8).split(" ", -1);
            if (!words[0].equals("profile")) {
                throw new SignatureFault(SignatureFault.Kind.valueOf(words[1]), "in the script");
            }
            Packet.Profile profile = new Packet.Profile(
                    waybill.protocol.TaskId.fresh(clocks, new SplittableRandom(1)),
                    backend,
                    Long.parseLong(words[1]),
                    RECIPIENT,
                    Long.parseLong(words[2]),
                    Instant.parse("2026-03-02T00:00:00Z"));
            if (!clocks.instant().isBefore(profile.expires())) {
                throw new SignatureFault(SignatureFault.Kind.EXPIRED, "in the script");
            }
            return signed(profile);
        }

        private <P extends Packet> Signed<P> signed(P packet) {
            return new Signed<>(packet, trust.anchors().getFirst(), "SHA256withECDSA");
        }
    }
}
