package waybill.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.CatalogueList.Entry;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;
import waybill.store.DurableFiles;
import waybill.store.DurableOutput;
import waybill.store.FileMutex;

/**
 * {@code waybill publish}: makes the files of a folder the backend's current publication (section 10.3), in one step. A
 * running server takes it up by itself. Killed at any moment, it leaves the publication that was there whole.
 */
public final class BackendPublish {
    /** How long a publication holds where nothing else is said. */
    public static final Duration DEFAULT_EXPIRES = Duration.ofDays(7);

    private static final int BUFFER = 64 * 1024;

    private final PublishedFiles files;
    private final BackendUrl url;
    private final TrustPolicy policy;
    private final Credential publisher;
    private final List<X509CRL> crls;
    private final InstantSource clock;
    private final LongConsumer progress;
    private long done;

    /**
     * What the operator chose.
     *
     * @param offline where the publisher's key is now
     * @param expires how long the publication holds, a second or more; no longer than the publisher's certificate
     * @param number of the publication; one more than the last where nothing is said
     */
    public record Options(Path offline, Duration expires, OptionalLong number) {
        /** Everything by default. */
        public static Options of(Path directory) {
            return new Options(directory.resolve("offline"), DEFAULT_EXPIRES, OptionalLong.empty());
        }

        /** @throws IllegalArgumentException for a time below a second or above ten years */
        public Options {
            if (expires.compareTo(Duration.ofSeconds(1)) < 0 || expires.compareTo(Duration.ofDays(3650)) > 0) {
                throw new IllegalArgumentException("a publication holds from a second to 3650 days");
            }
        }
    }

    /** What became of a file since the publication before. */
    public enum Change {
        /** There was none of this name. */
        NEW,
        /** It has other bytes. */
        CHANGED,
        /** It has the same bytes. */
        UNCHANGED,
        /** It is there no more. */
        WITHDRAWN
    }

    /** One file of this publication, or of the one before. */
    public record File(FileName name, Change change, long size, Sha256 sha256) {}

    /**
     * What was published.
     *
     * @param release its number
     * @param expires when its readers refuse it
     */
    public record Published(BackendUrl url, long release, Instant expires, List<File> files) {
        /** Those that changed so. */
        public List<File> files(Change change) {
            return files.stream().filter(file -> file.change() == change).toList();
        }
    }

    private BackendPublish(
            BackendDirectory backend,
            BackendDirectory.Settings settings,
            Credential publisher,
            InstantSource clock,
            LongConsumer progress)
            throws IOException, BackendSetupException {
        this.files = backend.published();
        this.url = settings.url();
        this.policy = new TrustPolicy(Pem.certificates(backend.anchor()), settings.allowRsa1024(), Duration.ZERO);
        this.publisher = publisher;
        this.crls = Keys.crls(backend);
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * Publishes.
     *
     * @param source the files; what is not among them is withdrawn
     * @param directory the backend's
     * @param progress hears of bytes read, of as many as the source has
     * @throws BackendSetupException if the backend cannot publish, its key is not at hand, or readers would refuse what it
     *     signs; nothing has changed then
     * @throws IOException if a file cannot be read, or changed while it was, or the disk is full; what was published stays
     */
    public static Published publish(
            PublishSource source, Path directory, Options options, InstantSource clock, LongConsumer progress)
            throws IOException, BackendSetupException {
        BackendDirectory backend = new BackendDirectory(directory);
        BackendDirectory.Settings settings = backend.settings();
        try {
            FileUrl.publishing(settings.url());
        } catch (IllegalArgumentException e) {
            throw new BackendSetupException(Kind.BAD_NAME, settings.url() + ": " + e.getMessage(), e);
        }
        apart(source.folder(), backend, options.offline());
        Credential publisher = BackendRenew.publisher(options.offline(), clock.instant())
                .orElseThrow(() -> new BackendSetupException(
                        Kind.MISSING,
                        "no publisher's certificate that is valid now is in " + options.offline()
                                + ": bring offline/ back to publish, or name where it is with --offline"));
        BackendPublish publish = new BackendPublish(backend, settings, publisher, clock, progress);
        DurableFiles.directory(publish.files.contents(), false);
        try (FileMutex _ = FileMutex.take(publish.files.lock())) {
            return publish.run(source, options);
        }
    }

    private Published run(PublishSource source, Options options) throws IOException, BackendSetupException {
        Optional<Publication> last = Publication.read(files, files.current());
        long least = last.map(before -> before.catalogue().release() + 1).orElse(1L);
        long number = options.number().orElse(least);
        if (number < least || number > Packet.Release.MAX_RELEASE) {
            throw new BackendSetupException(
                    Kind.BAD_SETTING, "a publication's number is from " + least + " to " + Packet.Release.MAX_RELEASE);
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Instant expires = BackendInit.earliest(List.of(now.plus(options.expires()), publisher.notAfter()));
        tryOut(number, now, expires);

        // First the contents, then the releases and the list that name them, and last the catalogue that names the
        // list.
        List<Entry> entries = new ArrayList<>();
        List<File> changes = new ArrayList<>();
        for (PublishSource.Item item : source.files()) {
            Optional<Entry> before =
                    last.flatMap(publication -> publication.list().find(item.name()));
            Entry entry = file(item, before, number, now, expires);
            entries.add(entry);
            Change change = before.isEmpty()
                    ? Change.NEW
                    : before.get().sha256().equals(entry.sha256()) ? Change.UNCHANGED : Change.CHANGED;
            changes.add(new File(item.name(), change, entry.size(), entry.sha256()));
        }
        CatalogueList list = list(entries);
        last.ifPresent(publication -> publication.list().entries().stream()
                .filter(entry -> list.find(entry.name()).isEmpty())
                .forEach(entry -> changes.add(new File(entry.name(), Change.WITHDRAWN, entry.size(), entry.sha256()))));
        byte[] bytes = list.encode();
        if (bytes.length > CatalogueList.MAX_BYTES) {
            throw new BackendSetupException(
                    Kind.BAD_FILE, "the list of all files has more than " + CatalogueList.MAX_BYTES + " bytes");
        }
        put(Sha256.of(bytes), bytes);
        byte[] cms = sign(catalogue(bytes, number, now, expires), now);
        if (last.isPresent()) {
            DurableFiles.write(files.previous(), last.get().cms(), false);
        }
        DurableFiles.write(files.current(), cms, false);
        sweep();
        return new Published(url, number, expires, List.copyOf(changes));
    }

    /** Neither the backend's keys nor what it took in is published by mistake. */
    private static void apart(Path source, BackendDirectory backend, Path offline)
            throws IOException, BackendSetupException {
        Path folder = source.toRealPath();
        for (Path ours : List.of(
                backend.path(),
                backend.online(),
                offline,
                backend.data(),
                backend.published().path())) {
            if (Files.exists(ours)) {
                Path real = ours.toRealPath();
                boolean within = folder.startsWith(real) && !ours.equals(backend.path()) && !ours.equals(offline);
                if (real.startsWith(folder) || within) {
                    throw new BackendSetupException(
                            Kind.BAD_FILE,
                            source + (within ? " lies in " : " holds ") + ours + ", which is not for all");
                }
            }
        }
    }

    /** Before anything is written: would readers take what this key signs? */
    private void tryOut(long number, Instant now, Instant expires) throws IOException, BackendSetupException {
        if (!expires.isAfter(now)) {
            throw new BackendSetupException(Kind.EXPIRED, publisher.file() + " ends now");
        }
        try {
            byte[] probe = sign(catalogue(new byte[0], number, now, expires), now);
            new SignedPackets(policy, InstantSource.fixed(now)).catalogue(probe, url);
        } catch (SignatureFault e) {
            throw Keys.refused(publisher.file(), e);
        }
    }

    private Entry file(PublishSource.Item item, Optional<Entry> before, long number, Instant now, Instant expires)
            throws IOException, BackendSetupException {
        FileUrl href;
        try {
            href = FileUrl.of(url, item.name());
        } catch (IllegalArgumentException e) {
            throw new BackendSetupException(Kind.BAD_FILE, item.file() + ": " + e.getMessage(), e);
        }
        if (item.size() > Packet.Release.MAX_FILE) {
            throw new BackendSetupException(
                    Kind.BAD_FILE, item.file() + " has more than " + Packet.Release.MAX_FILE + " bytes");
        }
        FileTime modified = Files.getLastModifiedTime(item.file());
        Pieces.Hashed hashed = hash(item);
        if (!intact(hashed.sha256(), item.size())) {
            copy(item, hashed.sha256());
        }
        if (!Files.getLastModifiedTime(item.file()).equals(modified)) {
            throw changed(item);
        }
        byte[] pieces = hashed.pieces().list();
        Sha256 pieceList = Sha256.of(pieces);
        put(pieceList, pieces);
        Packet.Release release = new Packet.Release(
                id(),
                href,
                item.size(),
                hashed.sha256(),
                pieceList,
                number,
                published(before, hashed.sha256(), now, expires),
                expires);
        byte[] cms = sign(release, now);
        Entry entry = Entry.of(release, cms);
        put(entry.signed(), cms);
        return entry;
    }

    /**
     * Since when a file has these bytes: of an unchanged one as it was said before; of another one later than that, for
     * those who ask only whether it is newer. A clock that was once far ahead counts for nothing.
     */
    private static Instant published(Optional<Entry> before, Sha256 digest, Instant now, Instant expires) {
        Instant most = BackendInit.earliest(List.of(now.plus(TrustPolicy.DEFAULT_SKEW), expires.minusSeconds(1)));
        return before.map(entry -> entry.sha256().equals(digest)
                        ? entry.published()
                        : now.isAfter(entry.published())
                                ? now
                                : entry.published().plusSeconds(1))
                .filter(time -> !time.isAfter(most))
                .orElse(now);
    }

    private Pieces.Hashed hash(PublishSource.Item item) throws IOException {
        Pieces.Hasher hasher = new Pieces.Hasher();
        long size = 0;
        try (InputStream in = Files.newInputStream(item.file(), LinkOption.NOFOLLOW_LINKS)) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                size += count;
                if (size > item.size()) {
                    throw changed(item);
                }
                hasher.update(buffer, 0, count);
                done += count;
                progress.accept(done);
            }
        }
        if (size != item.size()) {
            throw changed(item);
        }
        return hasher.end();
    }

    /** Whether these bytes lie there already, every one of them: a disk may have lost some since. */
    private boolean intact(Sha256 digest, long size) throws IOException {
        if (!files.holds(digest, size)) {
            return false;
        }
        MessageDigest found = Sha256.newDigest();
        try (InputStream in = Files.newInputStream(files.content(digest))) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                found.update(buffer, 0, count);
            }
        }
        return Sha256.ofDigest(found.digest()).equals(digest);
    }

    private void copy(PublishSource.Item item, Sha256 digest) throws IOException {
        Path target = files.content(digest);
        DurableFiles.directory(DurableFiles.parentOf(target), false);
        Pieces.Hasher again = new Pieces.Hasher();
        try (InputStream in = Files.newInputStream(item.file(), LinkOption.NOFOLLOW_LINKS);
                DurableOutput out = DurableFiles.create(target, false)) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                again.update(buffer, 0, count);
                out.write(buffer, 0, count);
            }
            if (!again.end().sha256().equals(digest)) {
                throw changed(item);
            }
            out.commit();
        }
    }

    private void put(Sha256 digest, byte[] bytes) throws IOException {
        if (!intact(digest, bytes.length)) {
            Path target = files.content(digest);
            DurableFiles.directory(DurableFiles.parentOf(target), false);
            DurableFiles.write(target, bytes, false);
        }
    }

    private static CatalogueList list(List<Entry> entries) throws BackendSetupException {
        try {
            return new CatalogueList(entries);
        } catch (IllegalArgumentException e) {
            throw new BackendSetupException(Kind.BAD_FILE, String.valueOf(e.getMessage()), e);
        }
    }

    private Packet.Catalogue catalogue(byte[] list, long number, Instant now, Instant expires) {
        return new Packet.Catalogue(id(), url, list.length, Sha256.of(list), number, now, expires);
    }

    private TaskId id() {
        return TaskId.fresh(clock, new SecureRandom());
    }

    private byte[] sign(Packet packet, Instant now) throws IOException {
        return CmsSigner.sign(packet, now, publisher, crls);
    }

    /** Takes away what neither this publication nor the one before needs; what is being read stays open to its reader. */
    private void sweep() throws IOException, BackendSetupException {
        Set<Sha256> needed = new HashSet<>();
        Publication.read(files, files.current()).ifPresent(publication -> needed.addAll(publication.needed()));
        Publication.previous(files).ifPresent(publication -> needed.addAll(publication.needed()));
        List<Path> waste = new ArrayList<>();
        Files.walkFileTree(files.path(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = String.valueOf(file.getFileName());
                // Half of a file is what somebody left who was killed: nobody else publishes while we hold the lock.
                if (name.endsWith(".part") || (isDigest(name) && !needed.contains(new Sha256(name)))) {
                    waste.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        for (Path file : waste) {
            DurableFiles.delete(file);
        }
    }

    private static boolean isDigest(String name) {
        return name.matches("[0-9a-f]{64}");
    }

    private static IOException changed(PublishSource.Item item) {
        return new IOException(item.file() + " changed while it was read");
    }
}
