package waybill.backend;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.BackendUrl;

/**
 * The keys as they lie on the disk: looks every few seconds whether a file changed and takes the new ones only if all of
 * them are sound. A renewal needs no restart, and a half-done change never stops a running server. Safe for use by
 * several threads.
 */
final class LiveKeys {
    private static final Logger LOG = LoggerFactory.getLogger(LiveKeys.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    private final BackendDirectory files;
    private final BackendUrl url;
    private final boolean withTls;
    private final boolean allowRsa1024;
    private final InstantSource clock;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Keys keys;
    private volatile Instant nextLook;
    private Map<Path, String> seen;

    /** Reads the keys for the first time; here a fault is an error. */
    LiveKeys(BackendDirectory files, BackendUrl url, boolean withTls, boolean allowRsa1024, InstantSource clock)
            throws IOException, BackendSetupException {
        this.files = files;
        this.url = url;
        this.withTls = withTls;
        this.allowRsa1024 = allowRsa1024;
        this.clock = clock;
        Instant now = clock.instant();
        seen = look();
        keys = Keys.load(files, url, withTls, allowRsa1024, now);
        nextLook = now.plus(LOOK_AGAIN);
    }

    /** The keys to use now. */
    Keys now() {
        Instant now = clock.instant();
        if (!now.isBefore(nextLook) && looking.tryLock()) {
            try {
                nextLook = now.plus(LOOK_AGAIN);
                Map<Path, String> found = look();
                if (!found.equals(seen)) {
                    seen = found;
                    keys = Keys.load(files, url, withTls, allowRsa1024, now);
                    LOG.info("took up the changed keys and certificates of {}", files.online());
                }
            } catch (IOException | BackendSetupException e) {
                LOG.error("what changed in {} cannot be used, the server goes on as before", files.online(), e);
            } finally {
                looking.unlock();
            }
        }
        return keys;
    }

    private Map<Path, String> look() throws IOException {
        Map<Path, String> found = new TreeMap<>();
        found.put(files.anchor(), stamp(files.anchor()));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(files.online())) {
            for (Path entry : entries) {
                found.put(entry, stamp(entry));
            }
        }
        return found;
    }

    private static String stamp(Path file) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey();
    }
}
