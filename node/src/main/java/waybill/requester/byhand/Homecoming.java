package waybill.requester.byhand;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import waybill.requester.Decision;
import waybill.requester.Journey;
import waybill.requester.Requester;
import waybill.requester.byhand.CarriedName.Kind;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.SignedPackets;

/**
 * Brings home the receipts that lie in a carried folder: each is verified against the sender's own outbox before it ends a
 * task (section 9.3). It looks for its own deliveries by their names, and for nothing else. For one thread.
 */
public final class Homecoming {
    private final Requester requester;
    private final Folder folder;

    /**
     * From this folder.
     *
     * @throws java.nio.file.NoSuchFileException if it is not there
     * @throws java.nio.file.NotDirectoryException if it is something else
     */
    public Homecoming(Requester requester, Path folder) throws IOException {
        this.requester = requester;
        this.folder = Folder.of(folder);
    }

    /** What became of one outstanding task. */
    public sealed interface Result {
        /** The task. */
        OutboxTask task();

        /**
         * It is decided.
         *
         * @param left whether what was to be removed could not be
         */
        record Ended(OutboxTask task, Decision decision, boolean left) implements Result {}

        /** Nothing of it was there; it is outstanding as before. */
        record Nothing(OutboxTask task) implements Result {}

        /** What was there does not hold; it is outstanding as before, and nobody is blamed. */
        record Rejected(OutboxTask task, String detail) implements Result {}

        /** A file failed, or another process works on the task; it is outstanding as before. */
        record Failed(OutboxTask task, IOException cause) implements Result {}
    }

    /** Hears what happens, on the thread that collects. */
    public interface Listener {
        /** A task of which something was found; its journey. */
        Journey journey(OutboxTask task);

        /** This became of one. */
        void collected(Result result);
    }

    /**
     * Looks for the outcomes of these.
     *
     * @param remove whether what the folder holds of a decided delivery is removed
     * @throws waybill.store.DirectoryInUseException if something is to be removed, and another process writes there
     * @throws IOException if the folder is to be written and cannot be
     */
    public void run(List<OutboxTask> tasks, boolean remove, Listener listener) throws IOException {
        try (Closeable _ = remove ? folder.alone() : () -> {}) {
            for (OutboxTask task : tasks) {
                listener.collected(one(task, remove, listener));
            }
        }
    }

    private Result one(OutboxTask task, boolean remove, Listener listener) {
        CarriedName name = CarriedName.of(task.label());
        String rejected = "";
        try {
            // A receipt replaces a refusal, and so it is looked at first.
            for (Kind kind : new Kind[] {Kind.RECEIPT, Kind.REFUSAL}) {
                try {
                    Optional<byte[]> outcome = folder.read(name.as(kind), SignedPackets.MAX_BYTES);
                    if (outcome.isEmpty()) {
                        continue;
                    }
                    Optional<Decision> decision =
                            requester.settle(task.id(), outcome.get(), folder.path(), listener.journey(task));
                    if (decision.isPresent()) {
                        return new Result.Ended(task, decision.get(), remove && !removed(name));
                    }
                    rejected = name.as(kind) + " does not verify";
                } catch (UnfitFileException e) {
                    rejected = name.as(kind) + " " + e.getReason();
                }
            }
        } catch (IOException e) {
            return new Result.Failed(task, e);
        }
        return rejected.isEmpty() ? new Result.Nothing(task) : new Result.Rejected(task, rejected);
    }

    private boolean removed(CarriedName delivery) {
        try {
            folder.remove(delivery, Kind.LABEL, Kind.PARCEL, Kind.RECEIPT, Kind.REFUSAL);
            return true;
        } catch (IOException _) {
            // The task is decided and its receipt is kept: that counts.
            return false;
        }
    }
}
