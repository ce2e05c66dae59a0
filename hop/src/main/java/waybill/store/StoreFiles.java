package waybill.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

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
    private static final int FOLDERS = 256;
    private static final int DIGITS = 16;
    private static final int MAX_NAME = 200;

    private final Path root;
    private final Disk disk;

    /** A copy of an outcome as its name describes it. */
    record Copy(DeliveryKey key, boolean receipt, String digest) {}

    StoreFiles(Path root, Disk disk) {
        this.root = root;
        this.disk = disk;
    }

    /** Creates the folders that are missing, durable on return. */
    void create() throws IOException {
        DurableFiles.directory(incoming(), true);
        DurableFiles.directory(setAside(), true);
        for (Path parent : new Path[] {uploads(), outcomes()}) {
            DurableFiles.directory(parent, true);
            boolean created = false;
            for (int i = 0; i < FOLDERS; i++) {
                Path folder = parent.resolve(String.format(Locale.ROOT, "%02x", i));
                if (!Files.isDirectory(folder)) {
                    Files.createDirectory(folder, DurableFiles.ownerOnly(parent, true));
                    created = true;
                }
            }
            if (created) {
                disk.syncDirectory(parent);
            }
        }
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
