package waybill.requester;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import waybill.parcel.Parcel;
import waybill.parcel.ParcelFault;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.SealException.Kind;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.store.DurableOutput;

/** Seals files into the outbox: once for each ID, and never again under it (section 4). For one thread. */
final class Packing {
    private static final int BLOCK = 512;
    private static final int HEADERS = 3 * BLOCK;
    private static final int AROUND = 16 * 1024;

    private final Outbox outbox;
    private final Collaborators with;
    private final String sender;

    Packing(Outbox outbox, Collaborators with, String sender) {
        this.outbox = outbox;
        this.with = with;
        this.sender = sender;
    }

    /** A task that was sealed, and is held. */
    record Sealed(OutboxTask task, Outbox.Held held) {}

    /** About how many bytes the parcel will have, for the first round of discovery. */
    static long estimate(List<FileInputs.Input> files) {
        long tar = files.stream().mapToLong(f -> f.size() + BLOCK + HEADERS).sum() + AROUND;
        return tar + tar / 4096;
    }

    /** Seals; what is left half-made after an error is removed. */
    Sealed seal(TaskId id, BackendUrl backend, List<FileInputs.Input> files, Packet.Profile profile)
            throws SealException {
        Path first = files.getFirst().path();
        try {
            Outbox.Held held = outbox.create(id);
            boolean done = false;
            try {
                OutboxTask task = write(held, id, backend, files, profile);
                done = true;
                return new Sealed(task, held);
            } finally {
                if (!done) {
                    held.remove();
                }
            }
        } catch (ParcelFault e) {
            throw switch (e.kind()) {
                case BAD_KEY -> new SealException(Kind.BAD_RECIPIENT, first, e);
                case CONTENTS_DIFFER -> new SealException(Kind.CHANGED, named(files, e), e);
                case NOT_A_PARCEL, DAMAGED, NOT_FOR_US -> new SealException(Kind.BAD_NAME, named(files, e), e);
            };
        } catch (FileInputs.Failure e) {
            throw e.fault();
        } catch (TooLargeException e) {
            throw new SealException(Kind.TOO_LARGE, first, "more than " + profile.maxSize() + " bytes");
        } catch (IOException e) {
            throw new SealException(Kind.OUTBOX, first, e);
        }
    }

    private OutboxTask write(
            Outbox.Held held, TaskId id, BackendUrl backend, List<FileInputs.Input> files, Packet.Profile profile)
            throws IOException, ParcelFault {
        byte[] salt = new byte[16];
        with.random().nextBytes(salt);
        Instant created = with.clocks().instant().truncatedTo(ChronoUnit.SECONDS);
        Parcel.Summary summary;
        Measured measured;
        try (DurableOutput parcel = held.parcel()) {
            measured = new Measured(parcel, profile.maxSize());
            summary = with.sealer().seal(id, sender, salt, created, files, profile.recipient(), measured);
            parcel.place();
        }
        held.waybill(summary.xml());
        OutboxTask task = OutboxTask.sealed(
                new DeliveryKey(id, measured.sha256(), Optional.of(summary.contents())),
                backend,
                measured.size,
                profile.recipient(),
                created,
                files.size());
        // Last: this makes it a task, and all of it durable.
        held.save(task);
        return task;
    }

    /** The file a fault names in its detail, or the first. */
    private static Path named(List<FileInputs.Input> files, ParcelFault fault) {
        String detail = String.valueOf(fault.getMessage());
        return files.stream()
                .filter(f -> detail.contains(f.name()))
                .map(FileInputs.Input::path)
                .findFirst()
                .orElse(files.getFirst().path());
    }

    private static final class TooLargeException extends IOException {}

    /** Counts, digests and bounds the sealed bytes. */
    private static final class Measured extends FilterOutputStream {
        private final MessageDigest digest = Sha256.newDigest();
        private final long most;
        private long size;

        Measured(OutputStream out, long most) {
            super(out);
            this.most = most;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > most - size) {
                throw new TooLargeException();
            }
            out.write(bytes, offset, length);
            digest.update(bytes, offset, length);
            size += length;
        }

        Sha256 sha256() {
            return Sha256.ofDigest(digest.digest());
        }
    }
}
