package waybill.requester.byhand;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.Sha256;
import waybill.requester.Batch;
import waybill.requester.CarriedParcel;
import waybill.requester.Decision;
import waybill.requester.Journey;
import waybill.requester.Requester;
import waybill.requester.byhand.CarriedName.Kind;
import waybill.requester.outbox.DamagedParcelException;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.store.DurableFiles;

/**
 * Delivers the parcels of a carried folder to the one backend its operator named, and leaves their receipts there
 * (section 9.2). Several are on their way at once; one at a time is read and checked, for a stick is slow, and slower still
 * when it jumps. For one thread.
 */
public final class Import {
    /** The largest parcel that is read while the backend's own limit is not known. */
    static final long MOST_UNKNOWN = 16L << 30;

    /** The most deliveries that one run begins. */
    public static final int MAX_BEGUN = 10_000;

    /** Names that are held in memory at once. */
    private static final int PAGE = 10_000;

    private final Requester requester;
    private final Batch batch;
    private final BackendUrl backend;
    private final boolean remove;
    private final Folder folder;
    private final Folder outcomes;

    /**
     * From this folder.
     *
     * @param requester whose configured backend is this one
     * @param batch of that requester
     * @param outcomes where receipts and refusals go: the folder itself where they are to be carried home, else a directory
     *     that is made if it is missing, and the folder is only read
     * @param remove whether a parcel is removed when its receipt is durable
     * @throws java.nio.file.NoSuchFileException if the folder is not there
     * @throws java.nio.file.NotDirectoryException if it is something else
     */
    public Import(Requester requester, Batch batch, BackendUrl backend, Path folder, Path outcomes, boolean remove)
            throws IOException {
        this.requester = requester;
        this.batch = batch;
        this.backend = backend;
        this.remove = remove;
        this.folder = Folder.of(folder);
        if (!outcomes.equals(folder)) {
            DurableFiles.directory(outcomes, false);
        }
        this.outcomes = Folder.of(outcomes);
    }

    /** Hears what happens, on several threads. */
    public interface Listener {
        /** So many labels are there, whatever becomes of them. */
        void found(int deliveries);

        /** A delivery begins; its journey. */
        Journey journey(Packet.Label label);

        /** This became of one. */
        void imported(Imported result);
    }

    /** What became of the profile. */
    public enum Profile {
        /** It lies there now. */
        LEFT,
        /** It lay there before. */
        THERE,
        /** None was to be had. */
        NONE
    }

    /**
     * Leaves the backend's present profile where the receipts go: senders that no network reaches seal by it.
     *
     * @throws IOException if it cannot be written
     */
    public Profile leaveProfile(Journey journey) throws IOException, InterruptedException {
        Optional<byte[]> cms = requester.profile(journey);
        if (cms.isEmpty()) {
            return Profile.NONE;
        }
        try (Closeable _ = outcomes.alone()) {
            return outcomes.writeProfile(backend, cms.get()) ? Profile.LEFT : Profile.THERE;
        }
    }

    /**
     * Delivers what is there, the oldest first, and begins {@link #MAX_BEGUN} at the most. What is done already, unfit or for
     * another backend does not count: it would hide what is younger, for ever.
     *
     * @return whether some were left for another run
     * @throws waybill.store.DirectoryInUseException if another process writes where the receipts go
     * @throws IOException if the folder cannot be read, or nothing can be written where the receipts go
     * @throws InterruptedException if the thread was interrupted; what was on its way goes on at the next run
     */
    public boolean run(Listener listener) throws IOException, InterruptedException {
        try (Closeable _ = outcomes.alone()) {
            Folder.Labels labels = folder.labels(Optional.empty(), PAGE);
            listener.found(labels.all());
            long most = requester.knownProfile().map(Packet.Profile::maxSize).orElse(MOST_UNKNOWN);
            Checked parcels = new Checked(labels, most, listener);
            batch.deliver(parcels, parcel -> new Delivery(parcel.label(), listener));
            if (parcels.failure.isPresent()) {
                throw parcels.failure.get();
            }
            return parcels.more;
        }
    }

    /** The parcels that are what their labels say; of the others the listener is told. */
    private final class Checked implements Iterator<CarriedParcel> {
        private final long most;
        private final Listener listener;
        private Folder.Labels page;
        private int at;
        private int begun;
        private boolean more;
        private Optional<CarriedParcel> next = Optional.empty();
        private Optional<IOException> failure = Optional.empty();

        Checked(Folder.Labels first, long most, Listener listener) {
            this.page = first;
            this.most = most;
            this.listener = listener;
        }

        @Override
        public boolean hasNext() {
            while (next.isEmpty() && hasName()) {
                if (begun == MAX_BEGUN) {
                    more = true;
                    return false;
                }
                try {
                    next = checked(page.names().get(at++), most, listener);
                    begun += next.isPresent() ? 1 : 0;
                } catch (InterruptedException _) {
                    // An iterator cannot say so; whoever waits next for the deliveries hears of it.
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return next.isPresent();
        }

        private boolean hasName() {
            if (at == page.names().size() && page.more() && failure.isEmpty()) {
                try {
                    page = folder.labels(Optional.of(page.names().getLast()), PAGE);
                    at = 0;
                } catch (IOException e) {
                    // As above; what is on its way comes to its end first.
                    failure = Optional.of(e);
                }
            }
            return at < page.names().size();
        }

        @Override
        public CarriedParcel next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            CarriedParcel parcel = next.orElseThrow();
            next = Optional.empty();
            return parcel;
        }
    }

    private Optional<CarriedParcel> checked(CarriedName name, long most, Listener listener)
            throws InterruptedException {
        try {
            Packet.Label label = label(name);
            if (!label.backend().equals(backend)) {
                listener.imported(new Imported.Elsewhere(name, label.backend()));
                return Optional.empty();
            }
            Optional<Imported.Before> before = before(name, label);
            if (before.isPresent()) {
                if (before.get().receipt()) {
                    tidy(name);
                }
                listener.imported(before.get());
                return Optional.empty();
            }
            check(name, label, most);
            return Optional.of(new CarriedParcel(
                    label, folder.path(name.as(Kind.PARCEL)), outcomes.path().resolve(name.stem())));
        } catch (Misfit e) {
            listener.imported(new Imported.Unfit(name, e.kind, String.valueOf(e.getMessage())));
        } catch (IOException e) {
            if (Thread.interrupted()) {
                InterruptedException interrupted = new InterruptedException();
                interrupted.initCause(e);
                throw interrupted;
            }
            listener.imported(new Imported.Failed(name, e));
        }
        return Optional.empty();
    }

    /** One on its way. */
    private final class Delivery implements Batch.Watch {
        private final CarriedName name;
        private final Journey journey;
        private final Listener listener;

        Delivery(Packet.Label label, Listener listener) {
            this.name = CarriedName.of(label);
            this.journey = listener.journey(label);
            this.listener = listener;
        }

        @Override
        public void reached(Step step) {
            journey.reached(step);
        }

        @Override
        public void decided(Decision decision) {
            try {
                if (decision instanceof Decision.Delivered) {
                    tidy(name);
                }
                listener.imported(new Imported.Ended(name, decision));
            } catch (IOException e) {
                listener.imported(new Imported.Failed(name, e));
            }
        }

        @Override
        public void failed(Exception why) {
            listener.imported(
                    why instanceof DamagedParcelException
                            ? new Imported.Unfit(name, Imported.Kind.DAMAGED, String.valueOf(why.getMessage()))
                            : new Imported.Failed(name, why));
        }
    }

    private Packet.Label label(CarriedName name) throws IOException, Misfit {
        try {
            Optional<byte[]> bytes = folder.read(name, PacketCodec.MAX_FILE);
            if (bytes.isEmpty()) {
                throw new Misfit(Imported.Kind.BAD_LABEL, "it is gone");
            }
            Packet.Label label = PacketCodec.parseLabel(bytes.get());
            if (!CarriedName.of(label).equals(name)) {
                throw new Misfit(Imported.Kind.BAD_LABEL, "it is the label of " + label.key());
            }
            return label;
        } catch (PacketFault e) {
            throw new Misfit(Imported.Kind.BAD_LABEL, String.valueOf(e.getMessage()));
        } catch (UnfitFileException e) {
            throw new Misfit(Imported.Kind.BAD_LABEL, String.valueOf(e.getReason()));
        }
    }

    /** What an earlier run left, if it verifies; what does not is no reason not to deliver. */
    private Optional<Imported.Before> before(CarriedName name, Packet.Label label) throws IOException {
        for (Kind kind : new Kind[] {Kind.RECEIPT, Kind.REFUSAL}) {
            try {
                Optional<byte[]> outcome = outcomes.read(name.as(kind), SignedPackets.MAX_BYTES);
                if (outcome.isPresent()) {
                    boolean receipt = requester.verify(label, outcome.get()).packet() instanceof Packet.Receipt;
                    return Optional.of(new Imported.Before(name, outcomes.path(name.as(kind)), receipt));
                }
            } catch (SignatureFault | UnfitFileException _) {
                // Somebody put it there, or it is another policy's; a good one takes its place.
            }
        }
        return Optional.empty();
    }

    /** Section 9.2: nothing is sent that is not what its label says. */
    private void check(CarriedName name, Packet.Label label, long most)
            throws IOException, Misfit, InterruptedException {
        CarriedName parcel = name.as(Kind.PARCEL);
        try {
            long size = folder.size(parcel)
                    .orElseThrow(() -> new Misfit(Imported.Kind.INCOMPLETE, "its parcel is not there"));
            if (size < label.size()) {
                throw new Misfit(
                        Imported.Kind.INCOMPLETE, size + " of the " + label.size() + " bytes of its parcel are there");
            }
            if (size > label.size()) {
                throw new Misfit(
                        Imported.Kind.DAMAGED, "its parcel has " + size + " bytes, its label says " + label.size());
            }
            if (size > most) {
                throw new Misfit(
                        Imported.Kind.TOO_LARGE, "its parcel has " + size + " bytes, the backend takes " + most);
            }
            try (InputStream in = folder.open(parcel)) {
                Sha256 found = Copying.digest(in, size, _ -> {});
                if (!found.equals(label.sha256())) {
                    throw new Misfit(Imported.Kind.DAMAGED, "the SHA-256 of its parcel is " + found);
                }
            }
        } catch (UnfitFileException e) {
            throw new Misfit(Imported.Kind.DAMAGED, "its parcel " + e.getReason());
        }
    }

    private void tidy(CarriedName name) throws IOException {
        if (remove) {
            folder.remove(name, Kind.LABEL, Kind.PARCEL);
        }
    }

    /** It is left where it is, for this reason. */
    private static final class Misfit extends Exception {
        private final Imported.Kind kind;

        Misfit(Imported.Kind kind, String detail) {
            super(detail, null, false, false);
            this.kind = kind;
        }
    }
}
