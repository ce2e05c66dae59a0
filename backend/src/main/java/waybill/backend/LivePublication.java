package waybill.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.UpdateService;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.signature.TrustPolicy;

/**
 * What is published as it lies on the disk: looks every second whether the catalogue changed, and takes the new one only if
 * all of it is there; if not, it looks again every minute, for what is copied here from elsewhere comes bit by bit. A
 * publication needs no restart, and half of one is never given. Safe for use by several threads.
 */
final class LivePublication implements UpdateService {
    private static final Logger LOG = LoggerFactory.getLogger(LivePublication.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration TRY_AGAIN = Duration.ofMinutes(1);
    private static final Duration WARN_AHEAD = Duration.ofDays(2);

    private final PublishedFiles files;
    private final BackendUrl url;
    private final Supplier<TrustPolicy> policy;
    private final InstantSource clock;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Taken taken = new Taken(Optional.empty(), Set.of());
    private volatile Instant nextLook = Instant.MIN;
    private String seen = "";
    private String bad = "";
    private Instant nextTry = Instant.MIN;

    private record Taken(Optional<Publication> current, Set<Sha256> contents) {}

    /** Nothing is looked at yet. */
    LivePublication(PublishedFiles files, BackendUrl url, Supplier<TrustPolicy> policy, InstantSource clock) {
        this.files = files;
        this.url = url;
        this.policy = policy;
        this.clock = clock;
    }

    @Override
    public BackendUrl backend() {
        return url;
    }

    @Override
    public byte[] catalogue() throws ProblemException {
        return current().cms();
    }

    @Override
    public byte[] release(FileName name) throws ProblemException, IOException {
        return files.read(entry(name).signed());
    }

    @Override
    public Named named(FileName name) throws ProblemException {
        CatalogueList.Entry entry = entry(name);
        return new Named(entry.sha256(), entry.published());
    }

    @Override
    public Content content(Sha256 digest) throws ProblemException, IOException {
        if (!now().contents().contains(digest)) {
            throw new ProblemException(Problem.NOT_FOUND, "no such content");
        }
        try {
            return new Stored(FileChannel.open(files.content(digest), StandardOpenOption.READ));
        } catch (NoSuchFileException e) {
            throw new ProblemException(Problem.NOT_FOUND, "no such content any more");
        }
    }

    /** What its readers will soon refuse, for the log; nothing if all is well or nothing is published. */
    Optional<String> warning(Instant now) {
        return now().current()
                .map(publication -> publication.catalogue().expires())
                .filter(ends -> !ends.isAfter(now.plus(WARN_AHEAD)))
                .map(ends -> "what is published " + (ends.isAfter(now) ? "ends on " : "has ended on ") + ends);
    }

    private Publication current() throws ProblemException {
        return now().current().orElseThrow(() -> new ProblemException(Problem.NOT_FOUND, "nothing is published here"));
    }

    private CatalogueList.Entry entry(FileName name) throws ProblemException {
        return current()
                .list()
                .find(name)
                .orElseThrow(() -> new ProblemException(Problem.NOT_FOUND, "no such file is published"));
    }

    private Taken now() {
        if (taken.current().isPresent()) {
            if (!isDue(clock.instant()) || !looking.tryLock()) {
                return taken; // while another one looks, what is given is good enough
            }
        } else {
            looking.lock(); // for "nothing is published" would be believed while the first look is under way
        }
        try {
            Instant now = clock.instant();
            if (isDue(now)) {
                nextLook = now.plus(LOOK_AGAIN);
                look(stamp(files.current()), now);
            }
        } catch (IOException e) {
            LOG.error("{} cannot be looked at, the server goes on as before", files.current(), e);
        } finally {
            looking.unlock();
        }
        return taken;
    }

    /** A clock that was set back must not stop it from looking. */
    private boolean isDue(Instant now) {
        return !now.isBefore(nextLook) || nextLook.isAfter(now.plus(LOOK_AGAIN));
    }

    private void look(String found, Instant now) {
        boolean triedJustNow = found.equals(bad) && now.isBefore(nextTry) && !nextTry.isAfter(now.plus(TRY_AGAIN));
        if (found.equals(seen) || triedJustNow) {
            return;
        }
        try {
            taken = take();
            seen = found;
        } catch (IOException | BackendSetupException e) {
            bad = found;
            nextTry = clock.instant().plus(TRY_AGAIN); // the look itself may have taken long
            LOG.error("what changed in {} cannot be given, the server goes on as before", files.path(), e);
        }
    }

    private Taken take() throws IOException, BackendSetupException {
        Optional<Publication> current = Publication.read(files, files.current());
        Set<Sha256> contents = new HashSet<>();
        if (current.isPresent()) {
            current.get().check(files, url, policy.get());
            contents.addAll(current.get().contents());
            // Who is in the middle of the one before can end it.
            Publication.previous(files).ifPresent(before -> contents.addAll(before.contents()));
            LOG.info(
                    "publication {} with {} files is given now",
                    current.get().catalogue().release(),
                    current.get().list().entries().size());
        }
        return new Taken(current, Set.copyOf(contents));
    }

    private static String stamp(Path file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** A file that is open: it stays what it is even if its name is taken away. */
    private record Stored(FileChannel channel, long size) implements Content {
        Stored(FileChannel channel) throws IOException {
            this(channel, channel.size());
        }

        @Override
        public InputStream open(long from, long length) {
            return new Part(channel, from, length);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** A part of an open file. For one thread. */
    private static final class Part extends InputStream {
        private final FileChannel channel;
        private long at;
        private long left;

        Part(FileChannel channel, long from, long length) {
            this.channel = channel;
            this.at = from;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = channel.read(ByteBuffer.wrap(into, offset, (int) Math.min(length, left)), at);
            if (count > 0) {
                at += count;
                left -= count;
            }
            return count;
        }
    }
}
