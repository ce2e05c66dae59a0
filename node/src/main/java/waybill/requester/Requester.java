package waybill.requester;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import waybill.discovery.Offer;
import waybill.protocol.TaskId;

/**
 * The sender: seals files into its outbox, finds somebody to carry them, and waits for the backend's receipt until there
 * is a decision (sections 2 to 7). Several threads and processes may share one data directory; a task is worked on by one
 * of them at a time.
 */
public final class Requester implements AutoCloseable {
    private final RequesterConfig config;
    private final Collaborators with;

    private Requester(RequesterConfig config, Collaborators with) {
        this.config = config;
        this.with = with;
    }

    /**
     * Opens the data directory and cleans up what an interrupted start of a task left.
     *
     * @throws IOException if the directory cannot be used
     */
    public static Requester open(RequesterConfig config) throws IOException {
        throw new IOException("not yet: " + config.data());
    }

    /** As {@link #open(RequesterConfig)}, with these collaborators. */
    public static Requester open(RequesterConfig config, Collaborators with) throws IOException {
        return new Requester(config, with);
    }

    /**
     * Seals files and sends them. A directory stands for the regular files under it, by their relative names.
     *
     * @return the decision; there is always one
     * @throws SealException if the files cannot be packed; nothing is kept
     * @throws IOException if the outbox or the receipts directory fails
     * @throws InterruptedException if the thread was interrupted; a sealed task stays in the outbox
     */
    public Decision send(List<Path> files, Journey journey) throws SealException, IOException, InterruptedException {
        throw new IOException("not yet: " + files + journey);
    }

    /**
     * What is in the outbox, oldest first, at most 10,000. What is corrupt is set aside and logged.
     *
     * @throws IOException if the outbox cannot be read
     */
    public List<OutboxTask> outstanding() throws IOException {
        return List.of();
    }

    /**
     * Takes an outstanding task up again: first asks those who accepted it, then goes on as {@link #send} does.
     *
     * @throws IOException if there is no such task, another process works on it, or the outbox fails
     * @throws InterruptedException if the thread was interrupted; the task stays in the outbox
     */
    public Decision resume(TaskId task, Journey journey) throws IOException, InterruptedException {
        throw new IOException("not yet: " + task + journey);
    }

    /**
     * The relays that answer for the configured backend.
     *
     * @param window how long answers are gathered
     * @throws IllegalStateException if no backend is configured
     */
    public List<Offer> relays(Duration window) throws IOException, InterruptedException {
        throw new IOException("not yet: " + window);
    }

    @Override
    public void close() throws IOException {
        with.hop().close();
        if (config.window().isZero()) {
            throw new IOException("not yet");
        }
    }
}
