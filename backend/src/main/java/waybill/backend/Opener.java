package waybill.backend;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import waybill.parcel.AgeKeys;
import waybill.parcel.Parcel;
import waybill.parcel.ParcelFault;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * Opens what came in, where the identity is at hand, and says what a receipt may say of it (section 4). Nothing of the
 * contents is kept or written. So many are opened at once and no more, since each takes a processor and the memory of
 * what its sender put in; the others wait for their turn, first come, first served. A turn can also be had for what
 * {@linkplain #ahead still arrives}, where nobody waits for it. Safe for use by several threads.
 */
final class Opener {
    /** Parcels from here on are large: their lists of files may take as much memory as there can be; in bytes. */
    static final long LARGE = 1 << 20;
    /** Heap for each large one that is opened: some 50 MiB for the longest list of files, and for what else there is. */
    private static final long HEAP_OF_LARGE = 64 << 20;
    /** Heap for each small one: a list is no larger than its parcel, but there may be many at once. */
    private static final long HEAP_OF_SMALL = 32 << 20;

    private final Semaphore small;
    private final Semaphore turns;
    /** Whoever lets his parcel drip in keeps a turn for as long; so the other half is for what is here. */
    private final Semaphore turnsAhead;

    /** @param atOnce the most parcels opened at once, at least 1 */
    Opener(int atOnce) {
        this(atOnce, atOnce);
    }

    private Opener(int smallAtOnce, int atOnce) {
        this.small = new Semaphore(smallAtOnce, true);
        this.turns = new Semaphore(atOnce, true);
        this.turnsAhead = new Semaphore(atOnce / 2);
    }

    /** Opens twice as many at once as there are processors, but no more than the heap has room for. */
    static Opener ofThisMachine() {
        return new Opener(atOnce(HEAP_OF_SMALL), atOnce(HEAP_OF_LARGE));
    }

    private static int atOnce(long heapOfEach) {
        Runtime machine = Runtime.getRuntime();
        return (int) Math.clamp(machine.maxMemory() / heapOfEach, 2, 2L * machine.availableProcessors());
    }

    /** What may be said of a parcel. */
    sealed interface Finding {
        /**
         * It can be signed for.
         *
         * @param contents what was computed, if opened; else the claim
         * @param recipient whose identity opened it; else the claim
         */
        record Sound(boolean opened, Optional<Sha256> contents, Optional<String> recipient) implements Finding {}

        /** It is refused. */
        record Unsound(Problem problem, String detail) implements Finding {}
    }

    /** What opening came to, before it is held against what was claimed. */
    sealed interface Opened {
        /**
         * It is a parcel in good order. No more is kept of it than what may be said: a list of files takes megabytes.
         *
         * @param recipient whose identity opened it
         * @param id the task that it was sealed for
         */
        record Parcelled(String recipient, TaskId id, Sha256 contents) implements Opened {}

        /** It is none that can be opened here. */
        record Not(Problem problem, String detail) implements Opened {}
    }

    /**
     * Looks at a stored parcel, when its turn comes.
     *
     * @param claimed the recipient it claims to be sealed to, tried first
     * @param identities at hand; with none, nothing is opened and the claims are echoed
     * @throws InterruptedIOException if it was interrupted before its turn came
     */
    Finding look(DeliveryKey key, Optional<String> claimed, List<AgeKeys> identities, SeekableByteChannel parcel)
            throws IOException {
        if (identities.isEmpty()) {
            return new Finding.Sound(false, key.contents(), claimed);
        }
        Semaphore queue = parcel.size() < LARGE ? small : turns;
        try {
            queue.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted before it was opened");
        }
        try {
            return judge(key, open(claimed, identities, parcel));
        } finally {
            queue.release();
        }
    }

    /**
     * A turn for a parcel that still arrives.
     *
     * @return what gives it back, once; empty if there is none now
     */
    Optional<Runnable> ahead() {
        if (!turnsAhead.tryAcquire()) {
            return Optional.empty();
        }
        if (turns.hasQueuedThreads() || !turns.tryAcquire()) {
            turnsAhead.release();
            return Optional.empty();
        }
        return Optional.of(() -> {
            turns.release();
            turnsAhead.release();
        });
    }

    /** Opens it, by somebody who has a turn. */
    static Opened open(Optional<String> claimed, List<AgeKeys> identities, SeekableByteChannel parcel)
            throws IOException {
        for (AgeKeys identity : ordered(identities, claimed)) {
            parcel.position(0);
            try {
                Parcel.Summary summary = Parcel.open(
                        parcel,
                        List.of(identity.identity()),
                        (name, size, modified) -> OutputStream.nullOutputStream());
                return new Opened.Parcelled(
                        identity.recipient(), summary.manifest().id(), summary.contents());
            } catch (ParcelFault e) {
                switch (e.kind()) {
                    case NOT_FOR_US -> {
                        // The next identity may open it.
                    }
                    case DAMAGED -> {
                        return new Opened.Not(Problem.CANNOT_OPEN, "the parcel is damaged or not a parcel");
                    }
                    case NOT_A_PARCEL, CONTENTS_DIFFER -> {
                        return new Opened.Not(
                                Problem.BAD_CONTENTS, "the parcel opens, but its contents are not in order");
                    }
                    case BAD_KEY -> throw new IOException("an identity cannot be used", e);
                }
            }
        }
        return new Opened.Not(Problem.CANNOT_OPEN, "the parcel is sealed to none of this backend's identities");
    }

    /** What may be said of these bytes under this key. */
    static Finding judge(DeliveryKey key, Opened opened) {
        return switch (opened) {
            case Opened.Not not -> new Finding.Unsound(not.problem(), not.detail());
            case Opened.Parcelled parcelled -> judge(key, parcelled);
        };
    }

    private static Finding judge(DeliveryKey key, Opened.Parcelled parcelled) {
        if (key.contents().isPresent() && !key.contents().get().equals(parcelled.contents())) {
            return new Finding.Unsound(Problem.BAD_CONTENTS, "the contents are not those that were claimed");
        }
        // The files were sealed for one task; under another ID they would prove what nobody sent.
        if (!parcelled.id().equals(key.id())) {
            return new Finding.Unsound(Problem.BAD_CONTENTS, "the parcel was sealed for another task");
        }
        return new Finding.Sound(true, Optional.of(parcelled.contents()), Optional.of(parcelled.recipient()));
    }

    private static List<AgeKeys> ordered(List<AgeKeys> identities, Optional<String> claimed) {
        List<AgeKeys> ordered = new ArrayList<>(identities);
        ordered.sort((a, b) -> Boolean.compare(
                claimed.equals(Optional.of(b.recipient())), claimed.equals(Optional.of(a.recipient()))));
        return ordered;
    }
}
