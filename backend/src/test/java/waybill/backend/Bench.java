package waybill.backend;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import waybill.hop.HopService.Answer;
import waybill.hop.HopService.Arrival;
import waybill.parcel.ParcelFault;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

/** A backend without its server: a directory as {@link BackendInit} makes it, its store and its intake. */
final class Bench implements AutoCloseable {
    static final BackendUrl URL = BackendUrl.parse("https://backend.example/inbox");
    static final InetAddress PEER = peer(1);
    static final int MAX_SIZE = 100_000;

    private static final Map<Boolean, Path> MASTERS = new HashMap<>();

    final TestClock clock;
    final Path directory;
    final BackendDirectory files;
    LiveKeys keys;
    LocalDeliveryStore store;
    Intake intake;
    private final Random random = new Random(7);

    Bench(Path directory, TestClock clock, boolean identityOffline) throws IOException, BackendSetupException {
        this.clock = clock;
        this.directory = directory;
        this.files = new BackendDirectory(directory);
        copyOf(identityOffline, directory);
        open();
    }

    /** One backend is made for all tests, since making one syncs every file of it; each test gets a copy. */
    private static synchronized void copyOf(boolean identityOffline, Path directory)
            throws IOException, BackendSetupException {
        Path master = MASTERS.get(identityOffline);
        if (master == null) {
            master = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "master")
                    .resolve("backend");
            BackendInit.init(
                    master,
                    new BackendInit.Options("backend.example", Optional.empty(), MAX_SIZE, identityOffline),
                    new TestClock());
            MASTERS.put(identityOffline, master);
        }
        try (Stream<Path> all = Files.walk(master)) {
            for (Path from : (Iterable<Path>) all::iterator) {
                Files.copy(from, directory.resolve(master.relativize(from).toString()));
            }
        }
    }

    void open() throws IOException, BackendSetupException {
        keys = new LiveKeys(files, URL, true, false, clock);
        store = new LocalDeliveryStore(
                files.data(),
                new StoreLimits(10 * MAX_SIZE, 0, 1, 1000, new StoreLimits.Remembered(0, 1, Upkeep.RETENTION)),
                clock);
        intake = new Intake(URL, MAX_SIZE, keys, store, clock);
        intake.recover();
    }

    void restart() throws IOException, BackendSetupException {
        store.close();
        open();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    TaskId freshId() {
        return TaskId.fresh(clock, random);
    }

    Sealed seal(String text) throws IOException, ParcelFault {
        return Sealed.of(freshId(), text, keys.now().terms().recipient());
    }

    /** An honest sender's upload. */
    static Arrival arrival(Sealed sealed) {
        return arrival(sealed.key(), Optional.of(sealed.recipient()), sealed.bytes());
    }

    static Arrival arrival(DeliveryKey key, Optional<String> recipient, byte[] bytes) {
        return new Arrival(
                key.id(),
                OptionalLong.of(bytes.length),
                Optional.of(key.sha256()),
                key.contents(),
                recipient,
                1,
                PEER,
                new ByteArrayInputStream(bytes));
    }

    static Arrival withLength(Arrival a, OptionalLong length) {
        return new Arrival(a.id(), length, a.sha256(), a.contents(), a.recipient(), a.hops(), a.peer(), a.body());
    }

    static Arrival withBody(Arrival a, InputStream body) {
        return new Arrival(a.id(), a.length(), a.sha256(), a.contents(), a.recipient(), a.hops(), a.peer(), body);
    }

    static Arrival withHops(Arrival a, int hops) {
        return new Arrival(a.id(), a.length(), a.sha256(), a.contents(), a.recipient(), hops, a.peer(), a.body());
    }

    static Arrival withDigest(Arrival a, Optional<Sha256> digest) {
        return new Arrival(a.id(), a.length(), digest, a.contents(), a.recipient(), a.hops(), a.peer(), a.body());
    }

    byte[] delivered(Arrival arrival) throws IOException, ProblemException {
        return switch (intake.deliver(arrival)) {
            case Answer.Done done -> done.receipt();
            case Answer.Accepted accepted -> throw new AssertionError("a backend promises nothing: " + accepted);
        };
    }

    /** What a sender finds the outcome to be. */
    Packet verified(byte[] cms, DeliveryKey key, long size) throws IOException, SignatureFault, BackendSetupException {
        return new SignedPackets(TrustPolicy.of(Pem.certificates(files.anchor())), clock)
                .outcome(cms, URL, key, size)
                .packet();
    }

    static InetAddress peer(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** A body that nobody may read. */
    static InputStream untouchable() {
        return new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("the body is not to be read");
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                throw new AssertionError("the body is not to be read");
            }
        };
    }

    List<DeliveryKey> held(DeliveryKey key) throws IOException {
        return store.findAll(key.id(), key.sha256()).stream()
                .map(held -> held.label().key())
                .toList();
    }
}
