package waybill.hop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** A hop that reads a body, counts it, keeps nothing and remembers what it saw. Tests override what they are about. */
public class TestService implements HopService {
    /** The most it takes. */
    public static final long LARGEST = 1L << 33;

    /** What it promises. */
    public static final Promise PROMISE = new Promise(0, 0, 0, 1_000_000, 1);

    /** Whose deliveries it takes. */
    public static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");

    /** What arrived, with the bytes counted. */
    public record Seen(Arrival arrival, long bytes, Sha256 digest) {}

    /** Every upload that was read to its end. */
    public final List<Seen> seen = new CopyOnWriteArrayList<>();

    private final AtomicLong arrived = new AtomicLong();
    private final AtomicLong read = new AtomicLong();

    /** Hears how many bytes were read, after each read. */
    public volatile LongConsumer onRead = read -> {};

    /** Every failure of a body. */
    public final List<IOException> failures = new CopyOnWriteArrayList<>();

    @Override
    public long largest() {
        return LARGEST;
    }

    @Override
    public BackendUrl backend() {
        return BACKEND;
    }

    @Override
    public byte[] profile() throws ProblemException, IOException {
        return "the profile".getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public Answer deliver(Arrival arrival) throws ProblemException, IOException {
        Sha256 digest = drain(arrival);
        DeliveryKey key = new DeliveryKey(arrival.id(), digest, arrival.contents());
        return new Answer.Accepted(key, PROMISE);
    }

    /** The bytes of all bodies that were read to their end. */
    public final long arrived() {
        return arrived.get();
    }

    /** The bytes read so far, of bodies that did not end too. */
    public final long read() {
        return read.get();
    }

    /** Reads the body to its end. */
    protected final Sha256 drain(Arrival arrival) throws ProblemException, IOException {
        MessageDigest digest = Sha256.newDigest();
        long bytes = 0;
        try (DigestInputStream in = new DigestInputStream(arrival.body(), digest)) {
            byte[] buffer = new byte[64 * 1024];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                bytes += count;
                onRead.accept(read.addAndGet(count));
            }
        } catch (IOException e) {
            failures.add(e);
            throw e;
        }
        arrived.addAndGet(bytes);
        Sha256 found = Sha256.ofDigest(digest.digest());
        if (arrival.sha256().isPresent() && !arrival.sha256().get().equals(found)) {
            throw new ProblemException(Problem.DIGEST_MISMATCH, "other bytes");
        }
        seen.add(new Seen(arrival, bytes, found));
        return found;
    }

    @Override
    public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
            throws ProblemException, IOException, InterruptedException {
        throw new ProblemException(Problem.NOT_FOUND, "no such delivery");
    }
}
