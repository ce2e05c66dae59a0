package waybill.upkeep;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;

/**
 * What is known of a folder that is kept current: which files are in place, which are about to be, and of which bytes the
 * command after a change was last told. It is on disk before a file changes, so whoever is killed in between finds it out.
 *
 * <pre>
 * there  NAME SIZE SHA-256 RELEASE PUBLISHED SIGNED EXPIRES    in place, verified
 * coming NAME ...                                              may be in place, for it was about to be
 * told   NAME SHA-256                                          the command ended well after these bytes
 * </pre>
 *
 * <p>One that cannot be read is forgotten: then the command runs once more, which is better than once too few. Every change
 * is durable on return. For one thread and process.
 */
final class Ledger {
    private static final int MAX_BYTES = 16 << 20;
    private static final String TITLE = "waybill folder 1\n";
    private static final String THERE = "there ";
    private static final String COMING = "coming ";
    private static final String TOLD = "told ";
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    private final Path file;
    private final Map<FileName, Item> there = new TreeMap<>();
    private final Map<FileName, Item> coming = new TreeMap<>();
    private final Map<FileName, Sha256> told = new TreeMap<>();
    private String written = "";

    private Ledger(Path file) {
        this.file = file;
    }

    /** Opens or begins the one in this directory, which must exist. */
    static Ledger open(Path directory) throws IOException {
        Ledger ledger = new Ledger(directory.resolve("folder"));
        try (InputStream in = Files.newInputStream(ledger.file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            ledger.read(new String(bytes, StandardCharsets.US_ASCII));
        } catch (NoSuchFileException e) {
            LOG.debug("{} begins", ledger.file);
        } catch (IllegalArgumentException e) {
            LOG.warn("{} cannot be read and is begun anew: {}", ledger.file, e.getMessage());
            ledger.there.clear();
            ledger.coming.clear();
            ledger.told.clear();
        }
        return ledger;
    }

    private void read(String text) {
        if (!text.startsWith(TITLE) || !text.endsWith("\n")) {
            throw new IllegalArgumentException("it is not whole");
        }
        text.lines().skip(1).forEach(line -> {
            if (line.startsWith(THERE)) {
                Item item = Item.parse(line.substring(THERE.length()));
                there.put(item.name(), item);
            } else if (line.startsWith(COMING)) {
                Item item = Item.parse(line.substring(COMING.length()));
                coming.put(item.name(), item);
            } else if (line.startsWith(TOLD)) {
                String[] fields = line.substring(TOLD.length()).split(" ", 2);
                told.put(new FileName(fields[0]), new Sha256(fields[fields.length - 1]));
            } else {
                throw new IllegalArgumentException("a line of another kind");
            }
        });
        written = text;
    }

    /** What is in place. */
    List<Item> there() {
        return List.copyOf(there.values());
    }

    /** What may have come into place without anybody having noted it. */
    List<Item> coming() {
        return List.copyOf(coming.values());
    }

    /** What is in place and the command was not told of, or not since. */
    List<Item> untold() {
        return there.values().stream()
                .filter(item -> !item.sha256().equals(told.get(item.name())))
                .toList();
    }

    /**
     * Before anything changes: these are what the folder is to hold.
     *
     * @param changed of them, what is not in place now
     * @return what was in place before and is wanted no longer; it is not known here any more
     */
    List<FileName> expect(Collection<Item> wanted, Collection<Item> changed) throws IOException {
        Set<FileName> names = wanted.stream().map(Item::name).collect(java.util.stream.Collectors.toUnmodifiableSet());
        List<FileName> gone =
                there.keySet().stream().filter(name -> !names.contains(name)).toList();
        gone.forEach(there::remove);
        told.keySet().retainAll(names);
        coming.clear();
        changed.forEach(item -> {
            coming.put(item.name(), item);
            Item before = there.get(item.name());
            if (before != null && before.sha256().equals(item.sha256())) {
                // The very bytes are to come anew: somebody took them away.
                told.remove(item.name());
            }
        });
        save();
        return gone;
    }

    /**
     * These are in place, verified.
     *
     * @param anew of them, those that were put there just now
     */
    void arrived(Collection<Item> good, Collection<FileName> anew) throws IOException {
        good.forEach(item -> {
            there.put(item.name(), item);
            coming.remove(item.name());
        });
        anew.forEach(told::remove);
        save();
    }

    /** The command ended well after these. */
    void told(Collection<Item> items) throws IOException {
        items.forEach(item -> told.put(item.name(), item.sha256()));
        save();
    }

    private void save() throws IOException {
        StringBuilder text = new StringBuilder(TITLE);
        there.values().forEach(item -> text.append(THERE).append(item.line()).append('\n'));
        coming.values().forEach(item -> text.append(COMING).append(item.line()).append('\n'));
        told.forEach((name, sha256) ->
                text.append(TOLD).append(name).append(' ').append(sha256.hex()).append('\n'));
        String now = text.toString();
        if (!now.equals(written)) {
            DurableFiles.write(file, now.getBytes(StandardCharsets.US_ASCII), true);
            written = now;
        }
    }
}
