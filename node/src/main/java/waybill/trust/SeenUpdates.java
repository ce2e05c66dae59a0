package waybill.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileName;
import waybill.protocol.Mark;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.DurableFiles;

/**
 * How far this machine has come with the numbered publications of one backend, kept on disk: nothing behind that is taken
 * any more (section 10.5). For each set of anchors apart, for under others it is another backend.
 *
 * <p>Bounded: of the files longest unchanged only the highest number of all that were forgotten is remembered, and it counts
 * for every file that is not known. Safe for use by several threads and processes.
 */
public final class SeenUpdates {
    /** The most files of one backend that are remembered each by itself. */
    public static final int MAX_FILES = 10_000;

    private static final String NUMBER = "number";
    private static final String PACKET = "packet";
    private static final String CATALOGUE = "catalogue";
    private static final String FILES = "files";
    private static final String FLOOR = "floor";

    private final StateFile file;
    private final int most;

    private SeenUpdates(Path file, int most) {
        this.file = new StateFile(file);
        this.most = most;
    }

    /** Opens or makes the memory in this directory. */
    public static SeenUpdates open(Path directory, BackendUrl backend, List<X509Certificate> anchors)
            throws IOException {
        return open(directory, backend, anchors, MAX_FILES);
    }

    static SeenUpdates open(Path directory, BackendUrl backend, List<X509Certificate> anchors, int most)
            throws IOException {
        Path folder = directory.resolve("updates");
        DurableFiles.directory(folder, true);
        String name = Sha256.of(KnownBackends.key(backend, anchors).getBytes(StandardCharsets.US_ASCII))
                .hex()
                .substring(0, 16);
        return new SeenUpdates(folder.resolve(name + ".json"), most);
    }

    /**
     * Holds a catalogue that verified against what was seen before, and keeps it; durable on return. Catalogues and releases
     * have one line of numbers: a catalogue of a lower number than a release that was seen names older files.
     *
     * @throws UpdateFault ROLLBACK or EQUIVOCATION; nothing was kept
     */
    public void saw(Packet.Catalogue catalogue) throws UpdateFault, IOException {
        change(json -> {
            long released = highest(json);
            if (catalogue.release() < released) {
                throw new UpdateFault(
                        UpdateFault.Kind.ROLLBACK,
                        "catalogue " + catalogue.release() + ", and a release of number " + released
                                + " was seen before");
            }
            keep(json, CATALOGUE, Mark.of(catalogue));
        });
    }

    private static long highest(ObjectNode json) {
        long highest = json.path(FLOOR).asLong();
        for (JsonNode file : json.path(FILES)) {
            highest = Math.max(highest, file.path(NUMBER).asLong());
        }
        return highest;
    }

    /**
     * Holds a release that verified against what was seen before of this file, and keeps it; durable on return.
     *
     * @throws UpdateFault ROLLBACK or EQUIVOCATION; nothing was kept
     */
    public void saw(Packet.Release release) throws UpdateFault, IOException {
        change(json -> see(json, release, most));
    }

    private static void see(ObjectNode json, Packet.Release release, int most) throws UpdateFault {
        Mark mark = Mark.of(release);
        FileName name = release.file().name();
        ObjectNode files = StateFile.object(json, FILES);
        long floor = json.path(FLOOR).asLong();
        if (!files.has(name.text()) && mark.number() < floor) {
            throw new UpdateFault(
                    UpdateFault.Kind.ROLLBACK,
                    "number " + mark.number() + ", and " + floor + " was seen before of others");
        }
        keep(files, name.text(), mark);
        Iterator<String> names = files.fieldNames();
        for (int extra = files.size() - most; extra > 0; extra--) {
            floor = Math.max(floor, files.path(names.next()).path(NUMBER).asLong());
            names.remove();
            json.put(FLOOR, floor);
        }
    }

    /** The highest number of a catalogue that was seen; 0 for none. */
    public long catalogue() throws IOException {
        return file.read().path(CATALOGUE).path(NUMBER).asLong();
    }

    /**
     * Holds a release that verified against what was seen before, and keeps nothing of it yet.
     *
     * @throws UpdateFault ROLLBACK or EQUIVOCATION
     */
    public void check(Packet.Release release) throws UpdateFault, IOException {
        see(file.read(), release, most);
    }

    private static void keep(ObjectNode all, String name, Mark next) throws UpdateFault {
        Optional<Mark> before = mark(StateFile.object(all, name));
        Mark kept = before.isPresent() ? before.get().then(next) : next;
        if (!before.equals(Optional.of(kept))) {
            // To the end: those longest unchanged come first.
            all.remove(name);
            all.putObject(name)
                    .put(NUMBER, kept.number())
                    .put(PACKET, kept.packet().hex());
        }
    }

    private static Optional<Mark> mark(ObjectNode node) {
        try {
            return node.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Mark(
                            node.path(NUMBER).asLong(),
                            new Sha256(node.path(PACKET).asText())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private interface Change {
        void apply(ObjectNode json) throws UpdateFault;
    }

    private void change(Change change) throws UpdateFault, IOException {
        List<UpdateFault> faults = new ArrayList<>();
        file.change(json -> {
            ObjectNode before = json.deepCopy();
            try {
                change.apply(json);
            } catch (UpdateFault e) {
                json.removeAll();
                json.setAll(before);
                faults.add(e);
            }
            return json;
        });
        if (!faults.isEmpty()) {
            throw faults.getFirst();
        }
    }
}
