package waybill.origin;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient.SinkException;
import waybill.hop.OriginClient;
import waybill.hop.Validators;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.store.StoreFullException;
import waybill.store.content.Copy;
import waybill.store.content.CopyStore;
import waybill.store.content.Filing;

/** Asks one courier after the other for one copy, until one knows. For one use. */
final class Asking {
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Duration FULL = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(Asking.class);

    private final CopyStore store;
    private final Errand errand;
    private final Sha256 key;
    private final Origin origin;
    private final OriginPath path;
    private final InstantSource clock;
    private String trouble = "nobody is known who could be asked";
    private Optional<Duration> retryAfter = Optional.empty();
    private Optional<ProblemException> noRoom = Optional.empty();

    Asking(CopyStore store, Errand errand, Sha256 key, Origin origin, OriginPath path, InstantSource clock) {
        this.store = store;
        this.errand = errand;
        this.key = key;
        this.origin = origin;
        this.path = path;
        this.clock = clock;
    }

    /** What stood in the way, if anything did; else the copy in the store is what the origin gives. */
    Optional<ProblemException> ask(List<Courier> couriers, String agent) throws IOException {
        Optional<Validators> here = here();
        boolean missing = false;
        boolean gone = false;
        for (Courier courier : couriers) {
            Take take = new Take(here.isPresent());
            try {
                OriginClient.Answer answer = courier.copy(path, here.orElse(Validators.NONE), agent, take);
                switch (answer) {
                    case OriginClient.Answer.Whole() -> {
                        take.commit();
                        LOG.info("copied {} of {} from {}", path, origin, courier);
                        return Optional.empty();
                    }
                    case OriginClient.Answer.Unchanged() -> {
                        if (here.isPresent()) {
                            return Optional.empty();
                        }
                        trouble = courier + ": nothing was known, and it says that nothing changed";
                    }
                    case OriginClient.Answer.Failed(HopAnswer.Failed failed) -> {
                        boolean none = failed.status() == 404 || failed.status() == 410;
                        missing |= none;
                        gone |= none && courier.isOrigin();
                        trouble = courier + ": " + failed.status();
                        retryAfter = failed.retryAfter().or(() -> retryAfter);
                    }
                    case OriginClient.Answer.Nonsense(String detail) -> trouble = courier + ": " + detail;
                }
            } catch (SinkException e) {
                ProblemException own = own(e.reason());
                if (own.problem() != Problem.STORE_FULL || take.begun()) {
                    return Optional.of(own);
                }
                // How large it is only this one says: the next may say otherwise.
                noRoom = Optional.of(own);
                trouble = courier + ": " + own.getMessage();
            } catch (IOException e) {
                trouble = courier + ": " + e.getMessage();
                if (take.begun()) {
                    // Somebody reads already: what comes from another one need not be the same.
                    LOG.info("{} of {} broke off: {}", path, origin, trouble);
                    return Optional.of(new ProblemException(Problem.BUSY, "it broke off", Optional.of(LATER)));
                }
            } finally {
                take.end();
            }
        }
        if (gone) {
            store.drop(key);
        }
        if (gone || (missing && here.isEmpty())) {
            return Optional.of(Copies.missing());
        }
        return noRoom.isPresent() ? noRoom : stale(here.isPresent());
    }

    /** What stood in the way last, for people. */
    String trouble() {
        return trouble;
    }

    private Optional<Validators> here() throws IOException {
        Optional<Copy> copy = store.open(key);
        if (copy.isEmpty()) {
            return Optional.empty();
        }
        try (Copy open = copy.get()) {
            return Optional.of(Noted.of(open.notes()).validators());
        }
    }

    /**
     * Where nobody can be asked, what is here is given: its client knows how old it may be. The same where only a relay says
     * that there is none: what a machine has nobody on the LAN takes from it.
     */
    private Optional<ProblemException> stale(boolean here) {
        if (here) {
            LOG.info("{} of {} cannot be asked for now, and is given as it is: {}", path, origin, trouble);
        }
        return here
                ? Optional.empty()
                : Optional.of(new ProblemException(
                        Problem.BUSY, "the origin cannot be asked now", Optional.of(retryAfter.orElse(LATER))));
    }

    private ProblemException own(IOException reason) {
        if (reason instanceof NoRoomException full) {
            return new ProblemException(Problem.STORE_FULL, String.valueOf(full.getMessage()), Optional.of(FULL));
        }
        LOG.warn("{} of {} could not be taken in: {}", path, origin, reason.toString());
        return new ProblemException(Problem.INTERNAL, "it could not be taken in", Optional.of(LATER));
    }

    /** There is no room for a copy. */
    private static final class NoRoomException extends IOException {
        NoRoomException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Takes what comes, and tells those who wait. */
    private final class Take implements OriginClient.Sink {
        private final boolean again;
        private Optional<Filing> filing = Optional.empty();

        /** @param again whether something else was given before */
        Take(boolean again) {
            this.again = again;
        }

        @Override
        public void begin(OriginClient.Head head) throws IOException {
            // Dates of HTTP have whole seconds: it is younger than what was given in this one.
            Noted noted = Noted.of(head, clock.instant().plusSeconds(again ? 1 : 0));
            try {
                Filing begun = store.begin(key, head.size(), noted.notes());
                filing = Optional.of(begun);
                errand.begun(begun, noted);
            } catch (StoreFullException e) {
                throw new NoRoomException("no room in the cache: " + e.limit(), e);
            }
        }

        @Override
        public void take(byte[] bytes, int offset, int length) throws IOException {
            filing.orElseThrow().write(bytes, offset, length);
            errand.grew();
        }

        boolean begun() {
            return filing.isPresent();
        }

        void commit() throws IOException {
            filing.orElseThrow().commit();
        }

        void end() throws IOException {
            if (filing.isPresent()) {
                filing.get().end();
            }
        }
    }
}
