package waybill.mirror;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;
import waybill.update.Vetting;

/**
 * Since when this mirror gives each file as it is now: its {@code Last-Modified}. Clients ask whether something has changed
 * since <em>they downloaded</em> it, freshclam for one. What was published before that but heard of here only later would never
 * reach them if the time of publication were said. So it is a time after the last byte of what was given before. On disk, and
 * bounded by the catalogue. Safe for use by several threads.
 */
final class TakenUp {
    /** Names and digests of a full catalogue. */
    private static final int MOST_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(TakenUp.class);

    private final Path file;
    private final InstantSource clock;
    private final Map<FileName, Item> items;
    /** When bytes of a file went out last, the seconds of it; what was given before this start is older anyway. */
    private final Map<FileName, Instant> given = new HashMap<>();

    private long number;

    private record Item(Sha256 sha256, Instant since) {}

    private TakenUp(Path file, InstantSource clock, Map<FileName, Item> items) {
        this.file = file;
        this.clock = clock;
        this.items = items;
    }

    /** Opens what was kept; what cannot be read is as if nothing had been given yet. */
    static TakenUp open(Path file, InstantSource clock) throws IOException {
        Map<FileName, Item> items = new TreeMap<>();
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.US_ASCII);
            for (String line : text.lines().toList()) {
                String[] fields = line.split(" ", -1);
                if (fields.length == 3) {
                    items.put(
                            new FileName(fields[0]),
                            new Item(new Sha256(fields[1]), Instant.ofEpochSecond(Long.parseLong(fields[2]))));
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("nothing was given yet", e);
        } catch (RuntimeException e) {
            LOG.warn("{} cannot be read; clients may fetch once more what they have: {}", file, e.toString());
            items.clear();
        }
        return new TakenUp(file, clock, items);
    }

    /**
     * Since when a file is given with these bytes.
     *
     * @param catalogue the one that is held
     */
    synchronized Instant since(Vetting.Catalogue catalogue, FileName name, Sha256 sha256) throws IOException {
        if (number != catalogue.packet().release()) {
            takeUp(catalogue);
            number = catalogue.packet().release();
        }
        Item item = items.get(name);
        // Another publication may have come between the two.
        return item != null && item.sha256().equals(sha256) ? item.since() : now().plusSeconds(1);
    }

    private void takeUp(Vetting.Catalogue catalogue) throws IOException {
        Map<FileName, Item> before = new HashMap<>(items);
        items.clear();
        for (CatalogueList.Entry entry : catalogue.list().entries()) {
            Item old = before.get(entry.name());
            items.put(
                    entry.name(),
                    old != null && old.sha256().equals(entry.sha256())
                            ? old
                            : new Item(entry.sha256(), after(entry.name())));
        }
        given.keySet().retainAll(items.keySet());
        if (!items.equals(before)) {
            save();
        }
    }

    /** The last byte of these went out now; where others are current by now, they are younger than that. */
    synchronized void gave(FileName name, Sha256 sha256) throws IOException {
        Item item = items.get(name);
        if (item == null) {
            return;
        }
        given.put(name, now());
        if (!item.sha256().equals(sha256) && item.since().isBefore(after(name))) {
            items.put(name, new Item(item.sha256(), after(name)));
            save();
        }
    }

    /** Now, but after anything that was given of this file: dates of HTTP have whole seconds. */
    private Instant after(FileName name) {
        Instant now = now();
        Instant last = given.get(name);
        return last == null || last.isBefore(now) ? now : last.plusSeconds(1);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private void save() throws IOException {
        StringBuilder text = new StringBuilder();
        items.forEach((name, item) -> text.append(name)
                .append(' ')
                .append(item.sha256())
                .append(' ')
                .append(item.since().getEpochSecond())
                .append('\n'));
        DurableFiles.write(file, text.toString().getBytes(StandardCharsets.US_ASCII), true);
    }
}
