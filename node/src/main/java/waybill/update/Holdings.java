package waybill.update;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import waybill.protocol.BackendUrl;
import waybill.protocol.TaskId;
import waybill.requester.RequesterConfig;
import waybill.signature.SignedPackets;
import waybill.store.content.ContentLimits;
import waybill.store.content.ContentStore;
import waybill.trust.FileBlacklist;
import waybill.trust.KnownBackends;
import waybill.trust.SeenUpdates;

/**
 * What a machine has of one backend's updates, in its data directory: contents, signed words, and what it believes of both.
 * One for all in a process who fetch and who give, so that what the one took in the other has. Safe for use by several
 * threads; several processes may share the directory.
 */
public final class Holdings {
    /** Rounds of its own that are remembered: more are never open at once. */
    private static final int ROUNDS = 256;

    private final BackendUrl backend;
    private final ContentStore store;
    private final Blame blame;
    private final Vetting vetting;
    private final Deque<TaskId> rounds = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();

    private Holdings(BackendUrl backend, ContentStore store, Blame blame, Vetting vetting) {
        this.backend = backend;
        this.store = store;
        this.blame = blame;
        this.vetting = vetting;
    }

    /**
     * Opens the data directory.
     *
     * @param config names the backend
     * @param cache what is kept of files that were fetched, for the next time
     * @throws IOException if the directory cannot be used
     */
    public static Holdings open(RequesterConfig config, ContentLimits cache, InstantSource clock) throws IOException {
        BackendUrl backend = config.backend().orElseThrow();
        Path data = config.data();
        var anchors = config.trust().anchors();
        ContentStore store = ContentStore.open(data.resolve("cache"), cache, clock);
        return new Holdings(
                backend,
                store,
                new Blame(backend, anchors, FileBlacklist.open(data, clock), KnownBackends.open(data)),
                Vetting.open(
                        backend,
                        new SignedPackets(config.trust(), clock),
                        SeenUpdates.open(data, backend, anchors),
                        Kept.open(data.resolve("publications").resolve(Kept.nameOf(backend))),
                        clock));
    }

    /** Whose updates. */
    public BackendUrl backend() {
        return backend;
    }

    /** The contents. */
    public ContentStore store() {
        return store;
    }

    /** Who is believed no longer. */
    public Blame blame() {
        return blame;
    }

    /** The signed words. */
    public Vetting vetting() {
        return vetting;
    }

    /** The ID of a round that begins now: nobody of this process is to answer it. */
    TaskId round(InstantSource clock, RandomGenerator random) {
        TaskId id = TaskId.fresh(clock, random);
        lock.lock();
        try {
            rounds.add(id);
            if (rounds.size() > ROUNDS) {
                rounds.remove();
            }
            return id;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this process asks in this round. */
    public boolean isOwn(TaskId round) {
        lock.lock();
        try {
            return rounds.contains(round);
        } finally {
            lock.unlock();
        }
    }
}
