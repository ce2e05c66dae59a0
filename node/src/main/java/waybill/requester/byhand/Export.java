package waybill.requester.byhand;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.PacketCodec;
import waybill.protocol.Sha256;
import waybill.requester.Decision;
import waybill.requester.Requester;
import waybill.requester.byhand.CarriedName.Kind;
import waybill.requester.outbox.OutboxTask;
import waybill.store.DurableFiles;
import waybill.store.DurableOutput;

/**
 * Writes outstanding parcels into a folder that is carried (section 9.1). They stay in the outbox: they may go by the LAN as
 * well, and it is one delivery all the same. For one thread.
 */
public final class Export {
    private final Requester requester;
    private final Folder folder;

    /**
     * Into this folder, which must be there.
     *
     * @throws java.nio.file.NoSuchFileException if it is not
     * @throws java.nio.file.NotDirectoryException if it is something else
     */
    public Export(Requester requester, Path folder) throws IOException {
        this.requester = requester;
        this.folder = Folder.of(folder);
    }

    /** What became of one parcel. */
    public sealed interface Exported {
        /** The task. */
        OutboxTask task();

        /**
         * It is in the folder, durable.
         *
         * @param before whether it was already
         * @param ended what the task ended in; empty while it waits for its receipt
         */
        record Written(OutboxTask task, boolean before, Optional<Decision.Unproven> ended) implements Exported {}

        /** It was decided by another way just now, and is not needed. */
        record Decided(OutboxTask task) implements Exported {}

        /** It is not in the folder, or the task could not be ended; it stays in the outbox. */
        record Failed(OutboxTask task, IOException cause) implements Exported {}
    }

    /** Hears what happens, on the thread that exports. */
    public interface Listener {
        /** So many bytes of this parcel are written or compared. */
        void copied(OutboxTask task, long bytes);

        /** This became of one. */
        void exported(Exported result);
    }

    /** The backend's profile, if somebody left it in the folder; not verified. */
    public Optional<byte[]> profile(BackendUrl backend) throws IOException {
        return folder.profile(backend);
    }

    /**
     * Writes these, each durable before it is told of. One that fails does not keep the others from going.
     *
     * @param oneWay whether each task ends when its parcel is in the folder, without a receipt
     * @throws waybill.store.DirectoryInUseException if another process writes into the folder
     * @throws IOException if the folder cannot be written at all
     * @throws InterruptedException if the thread was interrupted; nothing half-written has a name
     */
    public void run(List<OutboxTask> tasks, boolean oneWay, Listener listener)
            throws IOException, InterruptedException {
        try (Closeable _ = folder.alone()) {
            for (OutboxTask task : tasks) {
                listener.exported(export(task, oneWay, listener));
            }
        }
    }

    private Exported export(OutboxTask task, boolean oneWay, Listener listener) throws InterruptedException {
        try {
            boolean before = isThere(task, listener);
            if (before) {
                // Whoever wrote it may have been killed before it was on the disk.
                sync(CarriedName.of(task.label()));
            } else {
                write(task, listener);
            }
            return new Exported.Written(
                    task, before, oneWay ? Optional.of(requester.letGo(task.id())) : Optional.empty());
        } catch (NoSuchFileException e) {
            return ended(task) ? new Exported.Decided(task) : new Exported.Failed(task, e);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                InterruptedException interrupted = new InterruptedException();
                interrupted.initCause(e);
                throw interrupted;
            }
            return new Exported.Failed(task, e);
        }
    }

    private boolean ended(OutboxTask task) {
        try {
            return requester.outstanding().stream().noneMatch(t -> t.id().equals(task.id()));
        } catch (IOException _) {
            return false;
        }
    }

    /** The parcel first, the label last: it makes the two a delivery. */
    private void write(OutboxTask task, Listener listener) throws IOException, InterruptedException {
        CarriedName name = CarriedName.of(task.label());
        long free = Files.getFileStore(folder.path()).getUsableSpace();
        if (free < task.size()) {
            throw new IOException("the parcel has " + task.size() + " bytes, and " + free + " are free");
        }
        try (InputStream in = requester.open(task.id());
                DurableOutput out = DurableFiles.create(folder.path(name.as(Kind.PARCEL)), false)) {
            Sha256 copied = Copying.copy(in, out, task.size(), bytes -> listener.copied(task, bytes));
            if (!copied.equals(task.key().sha256())) {
                throw new IOException("the parcel in the outbox is damaged: its bytes are not those that were sealed");
            }
            out.commit();
        }
        folder.write(name, PacketCodec.encode(task.label()));
    }

    private void sync(CarriedName name) throws IOException {
        DurableFiles.sync(folder.path(name.as(Kind.PARCEL)));
        DurableFiles.sync(folder.path(name));
        DurableFiles.syncDirectory(folder.path());
    }

    private boolean isThere(OutboxTask task, Listener listener) throws IOException, InterruptedException {
        CarriedName name = CarriedName.of(task.label());
        try {
            Optional<byte[]> label = folder.read(name, PacketCodec.MAX_FILE);
            if (label.isEmpty()
                    || !Arrays.equals(label.get(), PacketCodec.encode(task.label()))
                    || !folder.size(name.as(Kind.PARCEL)).equals(Optional.of(task.size()))) {
                return false;
            }
            try (InputStream in = folder.open(name.as(Kind.PARCEL))) {
                return Copying.digest(in, task.size(), bytes -> listener.copied(task, bytes))
                        .equals(task.key().sha256());
            }
        } catch (UnfitFileException _) {
            // Whatever it is, it is in the way: renaming replaces it, and says so where it cannot.
            return false;
        }
    }
}
