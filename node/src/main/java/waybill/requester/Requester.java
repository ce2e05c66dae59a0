package waybill.requester;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Lan;
import waybill.discovery.RelayFinder;
import waybill.discovery.RelaysSeen;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.TaskId;
import waybill.requester.Journey.Step;

/**
 * The sender: seals files into its outbox, finds somebody to carry them, and waits for the backend's receipt until there
 * is a decision (sections 2 to 7). Several threads and processes may share one data directory; a task is worked on by one
 * of them at a time.
 */
public final class Requester implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Requester.class);

    private final RequesterConfig config;
    private final Collaborators with;
    private final Outbox outbox;
    private final Memory memory;
    private final Exchange exchange;
    private final Map<BackendUrl, Surroundings> surroundings = new ConcurrentHashMap<>();
    private @Nullable RelayFinder finder;

    private Requester(RequesterConfig config, Collaborators with) throws IOException {
        this.config = config;
        this.with = with;
        this.memory = Memory.open(config.data(), config.trust().anchors(), with.clocks());
        this.outbox = Outbox.open(config.data().resolve("outbox"));
        this.exchange = new Exchange(config, with.hop());
    }

    /**
     * Opens the data directory and cleans up what an interrupted start of a task left.
     *
     * @throws IOException if the directory cannot be used
     * @throws IllegalArgumentException if only the LAN is to be used and a named interface is not there
     */
    public static Requester open(RequesterConfig config) throws IOException {
        if (config.via() == RequesterConfig.Via.LAN && !config.interfaces().isEmpty()) {
            try {
                LOG.debug("discovery on {}", Lan.named(config.interfaces()));
            } catch (IOException e) {
                // Said now: a round would take it for a cable that is not plugged in yet.
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }
        return open(config, Collaborators.real(config));
    }

    /** As {@link #open(RequesterConfig)}, with these collaborators. */
    public static Requester open(RequesterConfig config, Collaborators with) throws IOException {
        try {
            return new Requester(config, with);
        } catch (IOException e) {
            with.hop().close();
            throw e;
        }
    }

    /**
     * Seals files and sends them. A directory stands for the regular files under it, by their relative names.
     *
     * @return the decision; there is always one
     * @throws SealException if the files cannot be packed; nothing is kept
     * @throws IOException if the outbox or the receipts directory fails
     * @throws InterruptedException if the thread was interrupted; a sealed task stays in the outbox
     * @throws IllegalStateException if no backend is configured, or no way to it is allowed
     */
    public Decision send(List<Path> files, Journey journey) throws SealException, IOException, InterruptedException {
        return send(FileInputs.of(files), journey, Turn.alone(), config.giveUp());
    }

    /**
     * Many deliveries side by side, each to its own decision.
     *
     * @param inFlight how many are worked on at once, from 1 to {@link Batch#MAX_IN_FLIGHT}
     */
    public Batch batch(int inFlight) {
        return new Batch(this, config, inFlight);
    }

    /** @param giveUp how long to look for somebody */
    Decision send(List<FileInputs.Input> inputs, Journey journey, Turn turn, Duration giveUp)
            throws SealException, IOException, InterruptedException {
        BackendUrl backend = backend();
        if (config.via() == RequesterConfig.Via.DIRECT && !exchange.mayDial(backend)) {
            throw new IllegalStateException(backend + " is not https, which must be allowed by name");
        }
        TaskId id = TaskId.fresh(with.clocks(), with.random());
        journey.reached(new Step.Begun(id));
        Patience patience = new Patience(giveUp, with.clocks(), with.random(), journey);
        Candidates candidates = candidates(id, backend, journey);
        try {
            ProfileSearch search = new ProfileSearch(
                    backend, exchange, with.verifier(), memory, candidates, patience, journey, surroundings(backend));
            Optional<Packet.Profile> profile = search.find(Packing.estimate(inputs));
            if (profile.isEmpty()) {
                Decision none = new Decision.Expired(id, Decision.Reason.NO_PROFILE, false, search.detail());
                journey.reached(new Step.Decided(none));
                return none;
            }
            Packing.Sealed sealed = new Packing(outbox, with, config.sender()).seal(id, backend, inputs, profile.get());
            try (Outbox.Held held = sealed.held()) {
                OutboxTask task = sealed.task();
                journey.reached(new Step.Sealed(
                        id,
                        task.files(),
                        task.size(),
                        task.key().sha256(),
                        task.key().contents().orElseThrow()));
                return dispatch(held, task, candidates, patience, turn, journey);
            }
        } catch (UncheckedIOException e) {
            throw failed(new IOException(e.getMessage(), e));
        } catch (IOException e) {
            throw failed(e);
        } catch (SealException e) {
            throw failed(e);
        }
    }

    /**
     * What is in the outbox, oldest first, at most 10,000. What is corrupt is set aside and logged.
     *
     * @throws IOException if the outbox cannot be read
     */
    public List<OutboxTask> outstanding() throws IOException {
        return outbox.list();
    }

    /**
     * The IDs of all that is in the outbox, oldest first. What is corrupt is set aside and logged.
     *
     * @throws IOException if the outbox cannot be read
     */
    public List<TaskId> outstandingIds() throws IOException {
        return outbox.ids();
    }

    /**
     * Takes an outstanding task up again: first asks those who accepted it, then goes on as {@link #send} does.
     *
     * @throws IOException if there is no such task, another process works on it, or the outbox fails
     * @throws InterruptedException if the thread was interrupted; the task stays in the outbox
     */
    public Decision resume(TaskId task, Journey journey) throws IOException, InterruptedException {
        return resume(task, journey, Turn.alone(), config.giveUp());
    }

    /** @param giveUp how long to look for somebody */
    Decision resume(TaskId task, Journey journey, Turn turn, Duration giveUp) throws IOException, InterruptedException {
        try (Outbox.Held held = outbox.take(task)) {
            OutboxTask kept = held.task();
            journey.reached(new Step.Begun(task));
            Patience patience = new Patience(giveUp, with.clocks(), with.random(), journey);
            return dispatch(held, kept, candidates(task, kept.backend(), journey), patience, turn, journey);
        } catch (UncheckedIOException e) {
            throw failed(new IOException(e.getMessage(), e));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        try (RelayFinder _ = finder) {
            with.hop().close();
        }
    }

    /** A file that is being written when its thread is interrupted is closed under it: that is no failure of the disk. */
    private static <E extends Exception> E failed(E failure) throws InterruptedException {
        if (Thread.interrupted()) {
            InterruptedException interrupted = new InterruptedException();
            interrupted.initCause(failure);
            throw interrupted;
        }
        return failure;
    }

    private Decision dispatch(
            Outbox.Held held, OutboxTask task, Candidates candidates, Patience patience, Turn turn, Journey journey)
            throws IOException, InterruptedException {
        return new Dispatch(
                        config,
                        exchange,
                        new Judge(with.verifier(), memory, held, journey),
                        candidates,
                        patience,
                        turn,
                        new Endings(config.receipts(), memory),
                        held,
                        new Logbook(held, task, with.clocks()),
                        with.clocks(),
                        journey)
                .run();
    }

    private Candidates candidates(TaskId id, BackendUrl backend, Journey journey) {
        return new Candidates(
                config,
                id,
                backend,
                exchange.mayDial(backend),
                this::finder,
                surroundings(backend),
                memory,
                with.clocks(),
                journey);
    }

    private Surroundings surroundings(BackendUrl backend) {
        return surroundings.computeIfAbsent(backend, _ -> new Surroundings(with.clocks()));
    }

    private BackendUrl backend() {
        return config.backend().orElseThrow(() -> new IllegalStateException("no backend is configured"));
    }

    /** Opened when the LAN is first asked: who reaches the backend directly needs no interface. */
    private synchronized RelayFinder finder(RelaysSeen seen) throws IOException {
        if (finder == null) {
            finder = with.finders().open(seen);
        }
        return finder;
    }
}
