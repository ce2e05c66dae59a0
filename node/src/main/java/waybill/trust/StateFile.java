package waybill.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.store.DurableFiles;
import waybill.store.FileMutex;

/**
 * A small JSON file that several processes read and change: always whole, bounded, durable. One that cannot be read is set
 * aside beside itself, and a new one begun. Safe for use by several threads.
 */
final class StateFile {
    /** The most bytes that are read. */
    static final int MAX_BYTES = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Path lock;

    StateFile(Path file) {
        this.file = file;
        this.lock = file.resolveSibling(file.getFileName() + ".lock");
    }

    Path file() {
        return file;
    }

    /** What it holds now; empty if there is none or it is damaged. */
    ObjectNode read() throws IOException {
        try {
            return parse();
        } catch (JsonProcessingException _) {
            // Whoever changes it next sets it aside, under the lock.
            return JSON.createObjectNode();
        }
    }

    /** Changes it under the lock; written only if it changed, durable on return. */
    <T> T change(Function<ObjectNode, T> change) throws IOException {
        try (FileMutex _ = FileMutex.take(lock)) {
            ObjectNode now = readOrSetAside();
            ObjectNode before = now.deepCopy();
            T result = change.apply(now);
            if (!now.equals(before)) {
                DurableFiles.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(now), true);
            }
            return result;
        }
    }

    private ObjectNode readOrSetAside() throws IOException {
        try {
            return parse();
        } catch (JsonProcessingException e) {
            Path aside = file.resolveSibling(file.getFileName() + ".damaged");
            LOG.error("{} is damaged and was set aside as {}; a new one is begun", file, aside, e);
            DurableFiles.rename(file, aside);
            return JSON.createObjectNode();
        }
    }

    private ObjectNode parse() throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException _) {
            return JSON.createObjectNode();
        }
        if (bytes.length <= MAX_BYTES && JSON.readTree(bytes) instanceof ObjectNode object) {
            return object;
        }
        throw new NotAnObjectException(file + " is not one JSON object of at most " + MAX_BYTES + " bytes");
    }

    /** An object of the object, made if it is missing or something else. */
    static ObjectNode object(ObjectNode object, String name) {
        JsonNode there = object.get(name);
        return there instanceof ObjectNode inner ? inner : object.putObject(name);
    }

    private static final class NotAnObjectException extends JsonProcessingException {
        NotAnObjectException(String message) {
            super(message);
        }
    }
}
