package waybill.store.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore.Label;
import waybill.store.DurableFiles;

/**
 * Where things lie under a store's root, by names of our own making. Safe for use by several threads.
 *
 * <pre>
 * incoming/                    arrivals on their way in; all orphans at a start
 * upload/7f/KEY                payloads, in 256 folders by the last two digits of the ID, which are random
 * outcomes/7f/KEY.receipt.DIGEST.cms   copies of the outcomes, from which a lost index is rebuilt
 * set-aside/                   what was found damaged
 * state.db                     the index
 * </pre>
 */
final class StoreFiles {
    private static final Logger LOG = LoggerFactory.getLogger(StoreFiles.class);
    private static final int DIGITS = 16;
    private static final String ATTRIBUTE = "waybill.label";
    private static final int MAX_NAME = 200;

    private final Path root;
    private final Disk disk;
    /** Those of the 256 folders of payloads whose names were synced since the start. */
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    /** A copy of an outcome as its name describes it. */
    record Copy(DeliveryKey key, boolean receipt, String digest) {}

    StoreFiles(Path root, Disk disk) {
        this.root = root;
        this.disk = disk;
    }

    /** Creates what is missing but the folders of payloads and copies, durable on return. */
    void create() throws IOException {
        for (Path directory : new Path[] {incoming(), setAside(), uploads(), outcomes()}) {
            DurableFiles.directory(directory, true);
        }
    }

    /** The file of this key's payload, in a folder that is durable. */
    Path placeForPayload(DeliveryKey key) throws IOException {
        Path payload = payload(key);
        Path folder = DurableFiles.parentOf(payload);
        if (!durable.contains(folder)) {
            disk.createDirectory(folder);
            // Also where it was there already: whoever made it may not have come as far as this.
            disk.syncDirectory(uploads());
            durable.add(folder);
        }
        return payload;
    }

    Path root() {
        return root;
    }

    Path index() {
        return root.resolve("state.db");
    }

    Path incoming() {
        return root.resolve("incoming");
    }

    Path uploads() {
        return root.resolve("upload");
    }

    Path outcomes() {
        return root.resolve("outcomes");
    }

    Path setAside() {
        return root.resolve("set-aside");
    }

    Path newArrival() {
        return incoming().resolve(UUID.randomUUID().toString());
    }

    Path payload(DeliveryKey key) {
        return uploads().resolve(folder(key)).resolve(key.toString());
    }

    SeekableByteChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    /**
     * Keeps a copy of an outcome that is committed, so that a lost index does not lose it. It is not synced: a copy torn by
     * a power cut is seen by its digest and made anew at the next start, where the index is still there. Only a power
     * cut and the loss of the index together can lose an outcome of the last half minute.
     */
    void keepCopy(DeliveryKey key, boolean receipt, byte[] outcome) {
        Path copy = copy(key, receipt, outcome);
        Path aside = newArrival();
        try {
            try (FileChannel channel = disk.create(aside)) {
                disk.write(aside, channel, ByteBuffer.wrap(outcome));
            }
            disk.createDirectory(DurableFiles.parentOf(copy));
            disk.rename(aside, copy);
        } catch (IOException e) {
            LOG.warn("no copy of the outcome of {} could be kept beside the index: {}", key, e.toString());
            deleteQuietly(aside);
        }
    }

    void dropCopy(DeliveryKey key, boolean receipt, byte[] outcome) {
        deleteQuietly(copy(key, receipt, outcome));
    }

    boolean hasCopy(DeliveryKey key, boolean receipt, byte[] outcome) throws IOException {
        Path copy = copy(key, receipt, outcome);
        return Files.exists(copy) && Files.size(copy) == outcome.length;
    }

    private Path copy(DeliveryKey key, boolean receipt, byte[] outcome) {
        return outcomes()
                .resolve(folder(key))
                .resolve(key + (receipt ? ".receipt." : ".refusal.") + digits(outcome) + ".cms");
    }

    /** Removes a file nobody needs; where that fails the next start tries again. */
    void deleteQuietly(Path file) {
        try {
            disk.delete(file);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted now: {}", file, e.toString());
        }
    }

    /** Moves something damaged out of the way, for people to look at. */
    void setAside(Path file, String why) throws IOException {
        Path name = file.getFileName();
        if (name == null) {
            throw new FileAlreadyExistsException(file.toString());
        }
        String text = name.toString();
        String suffix = "." + UUID.randomUUID().toString().substring(0, 8);
        Path target = setAside().resolve(text.substring(0, Math.min(MAX_NAME, text.length())) + suffix);
        disk.rename(file, target);
        LOG.error("set aside as {}: {}", target, why);
    }

    /** Makes setting aside durable. */
    void syncSetAside() throws IOException {
        disk.syncDirectory(setAside());
    }

    /**
     * Writes beside the bytes what else is known of them, so that a lost index does not lose it, where the filesystem
     * keeps such attributes; where not, a rebuilt record knows only what the name and the size say.
     */
    void describe(Path file, Label label, String owner) {
        String text = label.hops() + "\n" + label.recipient().orElse("") + "\n" + owner;
        try {
            UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
            if (view != null) {
                view.write(ATTRIBUTE, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("no attributes on {}: {}", file, e.toString());
        }
    }

    /** A record for a payload without one, as well as it is described. */
    Row describedBy(Path file, DeliveryKey key, Instant now, String note) throws IOException {
        String text = "";
        try {
            UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
            if (view != null && view.list().contains(ATTRIBUTE)) {
                ByteBuffer buffer = ByteBuffer.allocate(view.size(ATTRIBUTE));
                view.read(ATTRIBUTE, buffer);
                text = StandardCharsets.UTF_8.decode(buffer.flip()).toString();
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("no attributes on {}: {}", file, e.toString());
        }
        String[] lines = text.split("\n", 3);
        boolean known = lines.length == 3 && lines[0].matches("[0-9]{1,4}");
        Optional<String> recipient = known && !lines[1].isEmpty() ? Optional.of(lines[1]) : Optional.empty();
        Label label = new Label(key, Files.size(file), recipient, known ? Integer.parseInt(lines[0]) : 0);
        return Row.accepted(label, known ? lines[2] : "", now, note);
    }

    /** Reads a key from the name of a payload. */
    static Optional<DeliveryKey> keyOf(String name) {
        String[] parts = name.split("\\.", -1);
        if (parts.length < 2 || parts.length > 3) {
            return Optional.empty();
        }
        try {
            DeliveryKey key = DeliveryKey.of(TaskId.parse(parts[0]), new Sha256(parts[1]));
            return Optional.of(parts.length == 3 ? key.withContents(new Sha256(parts[2])) : key);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Reads what the name of a copy says. */
    static Optional<Copy> copyOf(String name) {
        String tail = name.endsWith(".cms") ? name.substring(0, name.length() - 4) : "";
        int digest = tail.lastIndexOf('.');
        int kind = digest < 0 ? -1 : tail.lastIndexOf('.', digest - 1);
        if (kind < 0) {
            return Optional.empty();
        }
        String word = tail.substring(kind + 1, digest);
        return keyOf(tail.substring(0, kind))
                .filter(key -> word.equals("receipt") || word.equals("refusal"))
                .map(key -> new Copy(key, word.equals("receipt"), tail.substring(digest + 1)));
    }

    /** Whether these are the bytes the copy's name speaks of. */
    static boolean isWhole(Copy copy, byte[] outcome) {
        return copy.digest().equals(digits(outcome));
    }

    private static String digits(byte[] outcome) {
        return Sha256.of(outcome).hex().substring(0, DIGITS);
    }

    private static String folder(DeliveryKey key) {
        String id = key.id().toString();
        return id.substring(id.length() - 2);
    }

    /** Whether the file lies in the folder of its key. */
    static boolean isAtHome(Path file, DeliveryKey key) {
        Path parent = file.getParent();
        return parent != null && String.valueOf(parent.getFileName()).equals(folder(key));
    }
}
