package waybill.requester;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import waybill.protocol.TaskId;
import waybill.requester.outbox.DamagedParcelException;

/**
 * Many deliveries of one requester side by side, each on a thread of its own to its own decision. They share connections,
 * the backend's profile and the rounds of discovery. So many are worked on at once; who waits for a receipt that was
 * promised for later makes room for the next, and at most {@link #MOST_UNDECIDED} wait. What is held in memory does not
 * grow with the number of deliveries.
 *
 * <p>Where nobody carried one, the next ones look round once and stay in the outbox, until one gets through again. For one
 * thread.
 */
public final class Batch {
    /** How many are worked on at once where nobody says. */
    public static final int IN_FLIGHT = 8;
    /** The most that are worked on at once. */
    public static final int MAX_IN_FLIGHT = 256;
    /** The most that are begun and not decided, those that wait for a receipt included. */
    public static final int MOST_UNDECIDED = 1_000;

    /** Whoever interrupts the batch waits no longer for those that are under way, in seconds. */
    private static final long GRACE = 8;

    private final Requester requester;
    private final RequesterConfig config;
    private final int inFlight;
    private volatile Optional<IOException> end = Optional.empty();
    private volatile boolean nobodyCarries;
    private volatile boolean nothingCanBeSealed;

    Batch(Requester requester, RequesterConfig config, int inFlight) {
        if (inFlight < 1 || inFlight > MAX_IN_FLIGHT) {
            throw new IllegalArgumentException("in flight are from 1 to " + MAX_IN_FLIGHT);
        }
        this.requester = requester;
        this.config = config;
        this.inFlight = inFlight;
    }

    /**
     * A file that is to be a delivery of its own.
     *
     * @param name its name in the parcel: relative to the directory that was named, if one was
     * @param fault why it cannot be one, where that is known already
     */
    public record Item(Path file, String name, Optional<SealException> fault) {}

    /**
     * Hears of the deliveries. Called on the threads that run them, several at once.
     *
     * @param <J> what identifies a delivery
     */
    @FunctionalInterface
    public interface Watcher<J> {
        /** One begins; who hears what becomes of it. */
        Watch begins(J job);
    }

    /** Hears of one delivery: its steps, and at last one of these two, unless the batch is interrupted. */
    public interface Watch extends Journey {
        /** It has its decision. */
        void decided(Decision decision);

        /** It has none: it cannot be sealed, somebody else works on it, its parcel is damaged, or the disk failed. */
        void failed(Exception why);
    }

    private interface Work<J> {
        Decision run(J job, Journey journey, Turn turn) throws SealException, IOException, InterruptedException;
    }

    /**
     * Sends each file as a delivery of its own; a directory stands for all files under it. What this requester keeps in
     * its data directory is no file to send.
     *
     * @return whether all were begun; not if there is no profile to seal to
     * @throws IOException if the outbox or the receipts directory failed; what was begun has ended
     * @throws InterruptedException if the thread was interrupted; what is sealed and not decided stays in the outbox
     */
    public boolean send(List<Path> files, Watcher<Item> watcher) throws IOException, InterruptedException {
        Set<Path> own = new HashSet<>();
        for (Path directory : List.of(config.data(), config.receipts())) {
            if (Files.isDirectory(directory)) {
                own.add(directory.toRealPath());
            }
        }
        try (EachFile items = new EachFile(files, own)) {
            run(
                    items,
                    (item, journey, turn) -> {
                        if (item.fault().isPresent()) {
                            throw item.fault().get();
                        }
                        return send(item, journey, turn);
                    },
                    watcher);
            return !nothingCanBeSealed || !items.hasNext();
        }
    }

    /**
     * Takes tasks of the outbox up again, as {@link Requester#resume} does.
     *
     * @throws InterruptedException if the thread was interrupted; what is not decided stays in the outbox
     */
    public void resume(List<TaskId> tasks, Watcher<TaskId> watcher) throws IOException, InterruptedException {
        run(tasks.iterator(), (task, journey, turn) -> requester.resume(task, journey, turn, giveUp()), watcher);
    }

    /**
     * Delivers parcels that somebody else sealed. Each is taken from the iterator, on the thread that calls this, when there
     * is room for it. One that is delivered already, by another process for example, fails; so does one that has other
     * bytes by now, with a {@link DamagedParcelException}.
     *
     * @throws InterruptedException if the thread was interrupted; what is not decided goes on when it is delivered again
     */
    public void deliver(Iterator<CarriedParcel> parcels, Watcher<CarriedParcel> watcher)
            throws IOException, InterruptedException {
        run(parcels, (parcel, journey, turn) -> requester.deliver(parcel, journey, turn, giveUp()), watcher);
    }

    private Decision send(Item item, Journey journey, Turn turn)
            throws SealException, IOException, InterruptedException {
        try {
            return requester.send(FileInputs.of(item.file(), item.name()), journey, turn, giveUp());
        } catch (DamagedParcelException e) {
            throw e;
        } catch (IOException e) {
            // The outbox, not this file: the next ones would fare no better.
            ends(e);
            throw e;
        } catch (SealException e) {
            if (e.kind() == SealException.Kind.OUTBOX) {
                ends(new IOException(e.getMessage(), e));
            }
            throw e;
        }
    }

    private Duration giveUp() {
        return nobodyCarries ? Duration.ZERO : config.giveUp();
    }

    private <J> void run(Iterator<J> jobs, Work<J> work, Watcher<J> watcher) throws IOException, InterruptedException {
        Turn.Table table = new Turn.Table(inFlight);
        Semaphore undecided = new Semaphore(MOST_UNDECIDED);
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("delivery-", 0).factory());
        try {
            while (!over() && jobs.hasNext()) {
                undecided.acquire();
                Turn turn = table.next();
                if (over()) {
                    break;
                }
                J job = jobs.next();
                threads.execute(() -> {
                    // The turn is this thread's from here on.
                    try (turn) {
                        one(job, work, turn, watcher);
                    } finally {
                        undecided.release();
                    }
                });
            }
            threads.shutdown();
            while (!threads.awaitTermination(1, TimeUnit.HOURS)) {
                // Each ends by itself, in a decision.
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            boolean _ = threads.awaitTermination(GRACE, TimeUnit.SECONDS);
            throw e;
        }
        if (end.isPresent()) {
            throw end.get();
        }
    }

    private boolean over() {
        return nothingCanBeSealed || end.isPresent();
    }

    private <J> void one(J job, Work<J> work, Turn turn, Watcher<J> watcher) {
        Watch watch = watcher.begins(job);
        try {
            Decision decision = work.run(job, watch, turn);
            note(decision);
            watch.decided(decision);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SealException | IOException | RuntimeException e) {
            // The outermost edge of a delivery: whatever it is, it is told, and the others go on.
            watch.failed(e);
        }
    }

    private void note(Decision decision) {
        switch (decision) {
            case Decision.Delivered _ -> nobodyCarries = false;
            case Decision.Refused _, Decision.Unproven _ -> {
                // Somebody carried it.
            }
            case Decision.Expired expired -> {
                nobodyCarries |= expired.reason() == Decision.Reason.NO_CARRIER;
                nothingCanBeSealed |= expired.reason() == Decision.Reason.NO_PROFILE;
            }
        }
    }

    private void ends(IOException why) {
        end = Optional.of(why);
    }
}
