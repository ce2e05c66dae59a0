package waybill.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopService;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Label;
import waybill.store.DiskFullException;
import waybill.store.StoreFullException;

/**
 * What a backend does behind the hop API (sections 3 to 5): takes a delivery in, opens it where it can, signs for it, and
 * commits bytes and receipt together, so that whatever is held has its receipt and a delivery has one for ever.
 *
 * <p>A delivery that cannot be taken gets a signed refusal only where the refusal says nothing but what the backend
 * itself saw or what the sender will compare: the size, the recipient, the contents claimed. A mismatch of the digest or
 * too many hops can be a hop's lie about a good delivery, and is answered without a signature. Safe for use by several
 * threads.
 */
final class Intake implements HopService {
    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);
    private static final Logger TRACE = LoggerFactory.getLogger("waybill.trace");
    private static final int BUFFER = 64 * 1024;
    private static final int PAGE = 100;
    private static final Duration TRY_AGAIN = Duration.ofSeconds(60);
    private static final Duration SET_ASIDE = Duration.ofDays(1);

    private final BackendUrl url;
    private final long maxSize;
    private final LiveKeys keys;
    private final DeliveryStore store;
    private final InstantSource clock;
    private final ReceiptSigner signer;
    private final Refusals refusals;
    private final Opener opener = Opener.ofThisMachine();
    private volatile Instant nextFullWarning = Instant.MIN;

    Intake(BackendUrl url, long maxSize, LiveKeys keys, DeliveryStore store, InstantSource clock) {
        this.url = url;
        this.maxSize = maxSize;
        this.keys = keys;
        this.store = store;
        this.clock = clock;
        this.signer = new ReceiptSigner(keys);
        this.refusals = new Refusals(signer, clock, Refusals.MOST);
    }

    @Override
    public BackendUrl backend() {
        return url;
    }

    @Override
    public long largest() {
        return maxSize;
    }

    @Override
    public byte[] profile() {
        return keys.now().profile().clone();
    }

    @Override
    public Answer deliver(Arrival arrival) throws ProblemException, IOException {
        if (arrival.sha256().isPresent()) {
            Optional<Answer> before =
                    known(new DeliveryKey(arrival.id(), arrival.sha256().get(), arrival.contents()));
            if (before.isPresent()) {
                return before.get();
            }
        }
        if (arrival.hops() > Promise.MAX_HOPS) {
            throw new ProblemException(Problem.TOO_MANY_HOPS, arrival.hops() + " hops were made before this backend");
        }
        if (arrival.recipient().isPresent()
                && !Packet.isRecipient(arrival.recipient().get())) {
            throw new ProblemException(Problem.BAD_REQUEST, "the recipient is no age recipient");
        }
        if (arrival.length().isEmpty()) {
            throw new ProblemException(Problem.LENGTH_REQUIRED, "say the length of the body");
        }
        long length = arrival.length().getAsLong();
        if (length > maxSize) {
            throw refuse(
                    arrival, length, arrival.sha256(), Problem.TOO_LARGE, "at most " + maxSize + " bytes are taken");
        }
        if (arrival.recipient().isPresent()
                && !keys.now().recipients().contains(arrival.recipient().get())) {
            throw refuse(
                    arrival,
                    length,
                    arrival.sha256(),
                    Problem.UNKNOWN_RECIPIENT,
                    "this backend has no such recipient; its profile names the one to seal to");
        }
        return take(arrival, length);
    }

    private Answer take(Arrival arrival, long length) throws ProblemException, IOException {
        try (DeliveryStore.Intake intake = begin(arrival, length);
                OpeningAhead ahead =
                        new OpeningAhead(opener, arrival.recipient(), keys.now().identities(), intake, length)) {
            copy(arrival.body(), intake, length, ahead);
            Sha256 digest = intake.seal();
            if (arrival.sha256().isPresent() && !arrival.sha256().get().equals(digest)) {
                throw new ProblemException(
                        Problem.DIGEST_MISMATCH, "the bytes that came are not those of the digest that came along");
            }
            DeliveryKey key = new DeliveryKey(arrival.id(), digest, arrival.contents());
            if (arrival.sha256().isEmpty()) {
                Optional<Answer> before = known(key);
                if (before.isPresent()) {
                    return before.get();
                }
            }
            Label label = new Label(key, length, arrival.recipient(), arrival.hops());
            switch (look(label, intake, ahead)) {
                case Opener.Finding.Unsound unsound ->
                    throw refuse(arrival, length, Optional.of(digest), unsound.problem(), unsound.detail());
                case Opener.Finding.Sound sound -> {
                    byte[] receipt = sign(label, sound);
                    Held held = intake.commit(label, Optional.of(receipt));
                    trace("durable", key);
                    byte[] kept = held.outcome()
                            .orElseThrow(() -> new ProblemException(
                                    Problem.GONE, "the delivery was here; its receipt has passed its time"));
                    if (!Arrays.equals(kept, receipt)) {
                        LOG.debug("the same delivery came twice at once: {}", key);
                    }
                    trace("settled", key);
                    return new Answer.Done(key, kept);
                }
            }
        } catch (DiskFullException e) {
            throw full(length, StoreFullException.Limit.FREE_SPACE);
        }
    }

    private Opener.Finding look(Label label, DeliveryStore.Intake intake, OpeningAhead ahead) throws IOException {
        Optional<Opener.Finding> before = ahead.found(label.key());
        if (before.isPresent()) {
            return before.get();
        }
        try (SeekableByteChannel parcel = intake.sealed()) {
            return opener.look(label.key(), label.recipient(), keys.now().identities(), parcel);
        }
    }

    @Override
    public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
            throws ProblemException, IOException {
        // Nothing is ever on its way here: a delivery is held with its receipt or not at all, so nobody needs to wait.
        List<Held> found = contents.isPresent()
                ? store.find(new DeliveryKey(id, sha256, contents)).stream().toList()
                : store.findAll(id, sha256);
        boolean gone = false;
        for (Held held : found) {
            switch (held.state()) {
                case SETTLED, ACCEPTED -> {
                    Optional<byte[]> receipt = receipt(held);
                    if (receipt.isPresent()) {
                        trace("collected", held.label().key());
                        return new Collected.Outcome(receipt.get());
                    }
                }
                case TOMBSTONE -> gone = true;
                case REFUSED -> {
                    // Refusals are not kept in the store.
                }
            }
        }
        Optional<byte[]> refusal = refusals.find(id, sha256, contents);
        if (refusal.isPresent()) {
            return new Collected.Outcome(refusal.get());
        }
        throw gone
                ? new ProblemException(Problem.GONE, "the delivery was here; its receipt has passed its time")
                : new ProblemException(Problem.NOT_FOUND, "no such delivery is held here");
    }

    /** Signs for what a crash left between its bytes and its record; what cannot be signed for is set aside. */
    void recover() throws IOException {
        List<Held> due;
        do {
            due = store.due(clock.instant(), PAGE);
            for (Held held : due) {
                DeliveryKey key = held.label().key();
                boolean signed;
                try {
                    signed = receipt(held).isPresent();
                } catch (IOException e) {
                    LOG.error("cannot read or sign for {}", key, e);
                    signed = false;
                }
                if (!signed) {
                    LOG.warn("set aside for a day, since no receipt can be signed for it: {}", key);
                    store.postpone(key, clock.instant().plus(SET_ASIDE), "no receipt can be signed");
                }
            }
        } while (!due.isEmpty());
    }

    /** The answer to a delivery that is held already. */
    private Optional<Answer> known(DeliveryKey key) throws ProblemException, IOException {
        Optional<Held> held = store.find(key);
        if (held.isEmpty()) {
            return Optional.empty();
        }
        return switch (held.get().state()) {
            case SETTLED, ACCEPTED -> receipt(held.get()).map(receipt -> new Answer.Done(key, receipt));
            case TOMBSTONE ->
                throw new ProblemException(Problem.GONE, "the delivery was here; its receipt has passed its time");
            case REFUSED -> Optional.empty();
        };
    }

    /** The receipt of what is held; signed now, if a crash came before it. */
    private Optional<byte[]> receipt(Held held) throws IOException {
        if (held.outcome().isPresent()) {
            return held.outcome();
        }
        Label label = held.label();
        Opener.Finding finding;
        try (SeekableByteChannel parcel = store.payload(label.key())) {
            finding = opener.look(label.key(), label.recipient(), keys.now().identities(), parcel);
        }
        return switch (finding) {
            case Opener.Finding.Unsound unsound -> {
                LOG.debug("{}: {}", label.key(), unsound.detail());
                yield Optional.empty();
            }
            case Opener.Finding.Sound sound -> {
                byte[] kept = store.settle(label.key(), sign(label, sound), true, true);
                trace("settled", label.key());
                yield Optional.of(kept);
            }
        };
    }

    private byte[] sign(Label label, Opener.Finding.Sound sound) throws IOException {
        return signer.sign(new Packet.Receipt(
                label.key().id(),
                url,
                label.size(),
                label.key().sha256(),
                sound.contents(),
                sound.opened(),
                sound.recipient(),
                now()));
    }

    /** Signs a refusal where the digest is known, and makes the problem to answer with. */
    private ProblemException refuse(
            Arrival arrival, long length, Optional<Sha256> digest, Problem problem, String detail) throws IOException {
        if (digest.isPresent()) {
            Packet.Refusal refusal = new Packet.Refusal(
                    arrival.id(), url, length, digest.get(), arrival.contents(), arrival.recipient(), problem, now());
            if (!refusals.keep(refusal, arrival.peer())) {
                LOG.info(
                        "{} asked for more refusals than are signed in a minute",
                        arrival.peer().getHostAddress());
            }
        }
        return new ProblemException(problem, detail);
    }

    private DeliveryStore.Intake begin(Arrival arrival, long length) throws ProblemException, IOException {
        try {
            return store.begin(arrival.peer().getHostAddress(), length);
        } catch (StoreFullException e) {
            throw full(length, e.limit());
        } catch (DiskFullException e) {
            throw full(length, StoreFullException.Limit.FREE_SPACE);
        }
    }

    private ProblemException full(long length, StoreFullException.Limit limit) {
        Instant now = clock.instant();
        if (!now.isBefore(nextFullWarning)) {
            nextFullWarning = now.plus(TRY_AGAIN);
            LOG.warn("no room for {} bytes: {}", length, limit);
        }
        Problem problem =
                switch (limit) {
                    case SHARE -> Problem.TOO_MANY;
                    case QUOTA, FREE_SPACE, COUNT -> Problem.STORE_FULL;
                };
        return new ProblemException(problem, "no room: " + limit, Optional.of(TRY_AGAIN));
    }

    private static void copy(InputStream body, DeliveryStore.Intake intake, long length, OpeningAhead ahead)
            throws ProblemException, IOException {
        byte[] buffer = new byte[Math.clamp(length, 1, BUFFER)];
        try {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                if (read > length - intake.written()) {
                    throw new ProblemException(Problem.BAD_REQUEST, "the body is longer than it was declared");
                }
                intake.write(buffer, 0, read);
                ahead.written(intake.written());
            }
        } catch (IOException e) {
            if (e.getCause() instanceof ProblemException limit) {
                throw limit;
            }
            throw e;
        }
        if (intake.written() != length) {
            throw new ProblemException(Problem.BAD_REQUEST, "the body is shorter than it was declared");
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private static void trace(String event, DeliveryKey key) {
        TRACE.debug("event={} id={} sha256={}", event, key.id(), key.sha256());
    }
}
