package waybill.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopAnswer;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;
import waybill.store.DurableFiles;

/**
 * The backend's profile as senders get it from this relay: fetched when it is asked for and an hour has passed, verified,
 * kept on disk so that a relay whose uplink is down can serve it after a restart too, and never served once it has expired.
 * Whoever asks while it is fetched gets the old one, or waits where there is none. Safe for use by several threads.
 */
final class ProfileCache {
    private static final Duration FRESH = Duration.ofHours(1);
    /** Fetched anew so long before it expires, that a sender does not get one that is about to. */
    private static final Duration BEFORE_EXPIRY = Duration.ofMinutes(5);
    /** After a failure nobody asks the backend again for so long. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(ProfileCache.class);

    /** Asks the backend. */
    @FunctionalInterface
    interface Fetch {
        /** One call over the network. */
        HopAnswer profile() throws IOException;
    }

    private record Entry(byte[] cms, Packet.Profile profile) {}

    private final Path file;
    private final Fetch fetch;
    private final Verifier verifier;
    private final InstantSource clock;
    private final ReentrantLock flight = new ReentrantLock();

    private volatile @Nullable Entry kept;
    private Instant askAgain = Instant.MIN;
    private String lastFault = "";

    /** A cache beside this file, read if it is there and verifies. */
    ProfileCache(Path file, Fetch fetch, Verifier verifier, InstantSource clock) throws IOException {
        this.file = file;
        this.fetch = fetch;
        this.verifier = verifier;
        this.clock = clock;
        if (Files.exists(file)) {
            byte[] cms = Files.readAllBytes(file);
            try {
                kept = new Entry(cms, verifier.profile(cms).packet());
            } catch (SignatureFault e) {
                LOG.info("the kept profile {} is not used: {}", file, e.getMessage());
            }
        }
    }

    /**
     * The profile.
     *
     * @throws ProblemException BUSY if there is none that holds
     */
    byte[] get() throws ProblemException {
        Instant asked = clock.instant();
        if (!flight.tryLock()) {
            Entry stale = kept;
            if (stale != null && stale.profile().expires().isAfter(asked)) {
                return stale.cms().clone(); // good enough not to wait for the one being fetched
            }
            flight.lock();
        }
        try {
            Instant now = clock.instant();
            if (!askAgain.isAfter(now) || askAgain.isAfter(now.plus(FRESH))) {
                refresh(now);
            }
            Entry entry = kept;
            if (entry == null || !entry.profile().expires().isAfter(now)) {
                throw new ProblemException(
                        Problem.BUSY,
                        "no valid profile of the backend at hand: " + lastFault,
                        Optional.of(AFTER_FAILURE));
            }
            return entry.cms().clone();
        } finally {
            flight.unlock();
        }
    }

    /** Whether there is one at all, expired or not: something of this backend verified. */
    boolean isKnown() {
        return kept != null;
    }

    private void refresh(Instant now) {
        askAgain = now.plus(AFTER_FAILURE);
        try {
            switch (fetch.profile()) {
                case HopAnswer.Cms(byte[] cms) -> take(cms, verifier.profile(cms), now);
                case HopAnswer.Failed failed -> fault("it answered " + failed.status());
                case HopAnswer.Accepted accepted -> fault("not an answer to this question");
                case HopAnswer.NotYet notYet -> fault("not an answer to this question");
                case HopAnswer.Nonsense(String detail) -> fault(detail);
            }
        } catch (SignatureFault e) {
            fault("it does not verify: " + e.getMessage());
        } catch (IOException e) {
            fault(String.valueOf(e.getMessage()));
        }
    }

    private void take(byte[] cms, Signed<Packet.Profile> signed, Instant now) throws IOException {
        Packet.Profile profile = signed.packet();
        Instant soon = profile.expires().minus(BEFORE_EXPIRY);
        Instant fresh = now.plus(FRESH);
        askAgain =
                soon.isBefore(now.plus(AFTER_FAILURE)) ? now.plus(AFTER_FAILURE) : soon.isBefore(fresh) ? soon : fresh;
        lastFault = "";
        Entry before = kept;
        if (before != null
                && before.profile().expires().isAfter(now)
                && profile.serial() <= before.profile().serial()) {
            return; // the same, or an older one than senders may have seen
        }
        kept = new Entry(cms, profile);
        DurableFiles.write(file, cms, false);
    }

    private void fault(String fault) {
        if (!fault.equals(lastFault)) {
            LOG.warn("the backend's profile could not be had: {}", fault);
        }
        lastFault = fault;
    }
}
