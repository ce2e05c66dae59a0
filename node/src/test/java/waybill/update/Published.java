package waybill.update;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.TestPki;

/** A publication of some files, and all that is to be had of it. */
public final class Published {
    public static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    public static final TestPki PKI = TestPki.of("backend.example");

    public final Map<Sha256, byte[]> contents = new HashMap<>();
    public final Map<FileName, byte[]> releases = new HashMap<>();
    public final Map<FileName, Packet.Release> packets = new HashMap<>();
    public byte[] catalogue = new byte[0];
    private final List<CatalogueList.Entry> entries = new ArrayList<>();

    private Published() {}

    /** Signs these files under this number. */
    public static Published of(long number, Instant now, Map<String, byte[]> files) {
        return of(number, now, files, Map.of());
    }

    /** Signs these files under this number; some releases end before the rest and the catalogue. */
    static Published of(long number, Instant now, Map<String, byte[]> files, Map<String, Instant> ends) {
        Published published = new Published();
        new TreeMap<>(files)
                .forEach((name, bytes) -> published.add(
                        new FileName(name), bytes, number, now, ends.getOrDefault(name, now.plusSeconds(7 * 86400))));
        byte[] list = new CatalogueList(published.entries).encode();
        published.contents.put(Sha256.of(list), list);
        published.catalogue = PKI.sign(new Packet.Catalogue(
                id(now), BACKEND, list.length, Sha256.of(list), number, now, now.plusSeconds(7 * 86400)));
        return published;
    }

    private void add(FileName name, byte[] bytes, long number, Instant now, Instant expires) {
        Pieces.Hasher hasher = new Pieces.Hasher();
        hasher.update(bytes, 0, bytes.length);
        Pieces.Hashed hashed = hasher.end();
        byte[] list = hashed.pieces().list();
        Packet.Release release = new Packet.Release(
                id(now),
                FileUrl.of(BACKEND, name),
                bytes.length,
                hashed.sha256(),
                Sha256.of(list),
                number,
                now,
                expires);
        byte[] cms = PKI.sign(release);
        contents.put(hashed.sha256(), bytes);
        contents.put(Sha256.of(list), list);
        releases.put(name, cms);
        packets.put(name, release);
        entries.add(CatalogueList.Entry.of(release, cms));
    }

    public Wanted wanted(String name) {
        return Wanted.of(java.util.Objects.requireNonNull(packets.get(new FileName(name))));
    }

    public byte[] bytes(String name) {
        return java.util.Objects.requireNonNull(contents.get(wanted(name).sha256()));
    }

    public static byte[] random(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static TaskId id(Instant now) {
        return TaskId.fresh(InstantSource.fixed(now), new Random(now.getEpochSecond()));
    }
}
