package waybill.requester;

import java.io.IOException;
import java.io.InputStream;
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
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignatureFault;
import waybill.signature.Signed;

/**
 * The sender: seals files into its outbox, finds somebody to carry them, and waits for the backend's receipt until there
 * is a decision (sections 2 to 7). Several threads and processes may share one data directory; a task is worked on by one
 * of them at a time.
 */
public final class Requester implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Requester.class);

    /** How long it is remembered who was given what somebody else sealed. */
    private static final Duration FORGOTTEN = Duration.ofDays(30);

    private final RequesterConfig config;
    private final Collaborators with;
    private final Outbox outbox;
    private final Memory memory;
    private final Exchange exchange;
    private final Map<BackendUrl, Surroundings> surroundings = new ConcurrentHashMap<>();
    private final Profiles profiles;
    private @Nullable RelayFinder finder;
    private @Nullable Outbox carried;

    private Requester(RequesterConfig config, Collaborators with) throws IOException {
        this.config = config;
        this.with = with;
        this.memory = Memory.open(config.data(), config.trust().anchors(), with.clocks());
        this.outbox = Outbox.open(Outbox.under(config.data()));
        this.exchange = new Exchange(config, with.hop());
        this.profiles = new Profiles(with.verifier(), memory, with.clocks());
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
        Patience patience = patience(giveUp, journey);
        Candidates candidates = candidates(id, backend, journey);
        try {
            ProfileSearch search = search(backend, candidates, patience, journey);
            Optional<Packet.Profile> profile = search.find(Packing.estimate(inputs));
            if (profile.isEmpty()) {
                Decision none = new Decision.Expired(id, Decision.Reason.NO_PROFILE, false, search.detail());
                journey.reached(new Step.Decided(none));
                return none;
            }
            Packing.Sealed sealed = pack(id, backend, inputs, profile.get(), journey);
            try (Outbox.Held held = sealed.held()) {
                return dispatch(held, sealed.task(), kept(id), candidates, patience, turn, journey);
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
     * Seals files into the outbox by the profile that is known, and asks nobody.
     *
     * @return the task, which waits in the outbox; empty if no profile of the backend is known, or none that is good
     * @throws SealException if the files cannot be packed; nothing is kept
     * @throws IOException if the outbox fails
     * @throws InterruptedException if the thread was interrupted; nothing is kept
     * @throws IllegalStateException if no backend is configured
     */
    public Optional<OutboxTask> seal(List<Path> files, Journey journey)
            throws SealException, IOException, InterruptedException {
        BackendUrl backend = backend();
        List<FileInputs.Input> inputs = FileInputs.of(files);
        Optional<Packet.Profile> profile = profiles.kept(backend);
        if (profile.isEmpty()) {
            return Optional.empty();
        }
        journey.reached(new Step.ProfileKnown(profile.get(), Optional.empty()));
        try {
            Packing.Sealed sealed =
                    pack(TaskId.fresh(with.clocks(), with.random()), backend, inputs, profile.get(), journey);
            sealed.held().close();
            return Optional.of(sealed.task());
        } catch (IOException e) {
            throw failed(e);
        } catch (SealException e) {
            throw failed(e);
        }
    }

    /**
     * Takes a profile of the configured backend that somebody brought (section 5.7).
     *
     * @return the profile; empty if one of a higher serial was seen before
     * @throws SignatureFault if it does not verify
     * @throws IllegalStateException if no backend is configured
     */
    public Optional<Packet.Profile> learn(byte[] profile) throws SignatureFault, IOException {
        return profiles.learn(profile, backend());
    }

    /**
     * Asks for the configured backend's present profile, in one lap; the one kept from before where nobody has a newer.
     *
     * @return its bytes, CMS in DER; empty if none is to be had
     * @throws IllegalStateException if no backend is configured
     */
    public Optional<byte[]> profile(Journey journey) throws IOException, InterruptedException {
        BackendUrl backend = backend();
        TaskId id = TaskId.fresh(with.clocks(), with.random());
        search(backend, candidates(id, backend, journey), patience(Duration.ZERO, journey), journey)
                .findAnew(0);
        return profiles.bytes(backend);
    }

    /** The configured backend's profile as it is known here, while it is good. Asks nobody. */
    public Optional<Packet.Profile> knownProfile() throws IOException {
        return profiles.kept(backend());
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
        return run(outbox.take(task), kept(task), turn, giveUp, journey);
    }

    /**
     * Delivers a parcel that somebody else sealed. An interrupted delivery goes on where it stood when the same one is
     * delivered again.
     *
     * @param giveUp how long to look for somebody
     */
    Decision deliver(CarriedParcel carried, Journey journey, Turn turn, Duration giveUp)
            throws IOException, InterruptedException {
        Packet.Label label = carried.label();
        OutboxTask begun = OutboxTask.sealed(
                label.key(),
                label.backend(),
                label.size(),
                label.recipient(),
                with.clocks().instant(),
                0);
        return run(
                carried().adopt(begun, carried.parcel()), Endings.at(carried.outcome(), memory), turn, giveUp, journey);
    }

    /**
     * Verifies what is said to be the outcome of a labelled delivery (section 5.4).
     *
     * @throws SignatureFault if it is not
     */
    public Signed<Packet> verify(Packet.Label label, byte[] outcome) throws SignatureFault {
        Signed<Packet> signed = with.verifier().outcome(outcome, label.backend(), label.key(), label.size());
        if (signed.packet() instanceof Packet.Refusal refusal && Judge.provoked(refusal, label.recipient())) {
            throw new SignatureFault(
                    SignatureFault.Kind.WRONG_DELIVERY, "refused for a recipient that is not the parcel's");
        }
        return signed;
    }

    /**
     * Ends an outstanding task by a receipt or refusal that was carried here by hand, if it verifies (section 9.3).
     *
     * @param folder where it lay
     * @return empty if it does not verify; the task stays, and the journey was told why
     * @throws IOException if there is no such task, another process works on it, or a file fails
     */
    public Optional<Decision> settle(TaskId id, byte[] outcome, Path folder, Journey journey) throws IOException {
        try (Outbox.Held held = outbox.take(id)) {
            OutboxTask task = held.task();
            Carrier hand = new Carrier.Hand(folder);
            Judge judge = new Judge(with.verifier(), memory, held, journey);
            Decision decision;
            switch (judge.judge(hand, outcome, task)) {
                case Judge.Finding.Receipt(var signed) -> {
                    decision = kept(id).delivered(task, held, hand, outcome, signed);
                    judge.delivered(hand, task);
                    journey.reached(new Step.Receipt(hand, signed));
                }
                case Judge.Finding.Refusal(var signed) -> decision = kept(id).refused(task, held, outcome, signed);
                case Judge.Finding.Rejected _ -> {
                    return Optional.empty();
                }
            }
            new Logbook(held, task, with.clocks()).enter(decision);
            journey.reached(new Step.Decided(decision));
            return Optional.of(decision);
        }
    }

    /** Opens the sealed bytes of an outstanding task, whoever works on it. The caller closes them. */
    public InputStream open(TaskId task) throws IOException {
        return outbox.read(task);
    }

    /**
     * Ends an outstanding task without a receipt, because it was handed over one way and its operator wants it so
     * (section 9.4).
     *
     * @throws IOException if there is no such task, another process works on it, or a file fails
     */
    public Decision.Unproven letGo(TaskId id) throws IOException {
        try (Outbox.Held held = outbox.take(id)) {
            OutboxTask task = held.task();
            Decision.Unproven unproven = kept(id).unproven(task, held);
            new Logbook(held, task, with.clocks()).enter(unproven);
            return unproven;
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

    /** Runs a task to its decision from where it stands. */
    private Decision run(Outbox.Held task, Endings endings, Turn turn, Duration giveUp, Journey journey)
            throws IOException, InterruptedException {
        try (Outbox.Held held = task) {
            OutboxTask kept = held.task();
            journey.reached(new Step.Begun(kept.id()));
            return dispatch(
                    held,
                    kept,
                    endings,
                    candidates(kept.id(), kept.backend(), journey),
                    patience(giveUp, journey),
                    turn,
                    journey);
        } catch (UncheckedIOException e) {
            throw failed(new IOException(e.getMessage(), e));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Decision dispatch(
            Outbox.Held held,
            OutboxTask task,
            Endings endings,
            Candidates candidates,
            Patience patience,
            Turn turn,
            Journey journey)
            throws IOException, InterruptedException {
        Logbook log = new Logbook(held, task, with.clocks());
        Judge judge = new Judge(with.verifier(), memory, held, journey);
        Collecting collecting = new Collecting(exchange, judge, candidates, endings, held, log, with.clocks(), journey);
        return new Dispatch(config, exchange, collecting, candidates, patience, turn, held, log, with.clocks(), journey)
                .run();
    }

    private Packing.Sealed pack(
            TaskId id, BackendUrl backend, List<FileInputs.Input> files, Packet.Profile profile, Journey journey)
            throws SealException {
        Packing.Sealed sealed = new Packing(outbox, with, config.sender()).seal(id, backend, files, profile);
        OutboxTask task = sealed.task();
        journey.reached(new Step.Sealed(
                id,
                task.files(),
                task.size(),
                task.key().sha256(),
                task.key().contents().orElseThrow()));
        return sealed;
    }

    /** Where the outcomes of this sender's own tasks are kept. */
    private Endings kept(TaskId id) {
        return Endings.in(config.receipts(), id, memory);
    }

    private ProfileSearch search(BackendUrl backend, Candidates candidates, Patience patience, Journey journey) {
        return new ProfileSearch(backend, exchange, profiles, candidates, patience, journey, surroundings(backend));
    }

    private Patience patience(Duration giveUp, Journey journey) {
        return new Patience(giveUp, with.clocks(), with.random(), journey);
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

    /** Opened when the first parcel of somebody else is delivered; what nobody came back to for long is forgotten. */
    private synchronized Outbox carried() throws IOException {
        if (carried == null) {
            carried = Outbox.open(config.data().resolve("carried"));
            carried.forgetAdopted(with.clocks().instant().minus(FORGOTTEN));
        }
        return carried;
    }

    /** Opened when the LAN is first asked: who reaches the backend directly needs no interface. */
    private synchronized RelayFinder finder(RelaysSeen seen) throws IOException {
        if (finder == null) {
            finder = with.finders().open(seen);
        }
        return finder;
    }
}
