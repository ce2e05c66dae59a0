package waybill.requester;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every file that was named, one after the other, and those under the directories that were named, however many: they are
 * looked up as they are wanted, in the order in which the system lists them. Links are not followed; what is no file comes
 * as well, for whoever sends it to say so. For one thread.
 */
final class EachFile implements Iterator<Batch.Item>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EachFile.class);

    private final Set<Path> leaveOut;
    private final Iterator<Path> named;
    private final Deque<Level> levels = new ArrayDeque<>();
    private Optional<Batch.Item> next = Optional.empty();

    /** A directory while it is read. */
    private record Level(DirectoryStream<Path> stream, Iterator<Path> entries, String prefix) {
        @SuppressWarnings("StreamResourceLeak") // closed when it was read, or with all
        static Level open(Path directory, String prefix) throws IOException {
            DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
            return new Level(stream, stream.iterator(), prefix);
        }
    }

    /**
     * @param named files and directories
     * @param leaveOut directories that are not looked into, by their real paths: the sender's own
     */
    EachFile(List<Path> named, Set<Path> leaveOut) {
        this.named = List.copyOf(named).iterator();
        this.leaveOut = Set.copyOf(leaveOut);
    }

    @Override
    public boolean hasNext() {
        while (next.isEmpty() && (!levels.isEmpty() || named.hasNext())) {
            next = levels.isEmpty() ? item(named.next(), "", true) : deeper();
        }
        return next.isPresent();
    }

    @Override
    public Batch.Item next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Batch.Item item = next.orElseThrow();
        next = Optional.empty();
        return item;
    }

    /** Something in the directory that is open; nothing if that was the last, or a directory to go on with. */
    private Optional<Batch.Item> deeper() {
        Level level = levels.getFirst();
        try {
            if (level.entries().hasNext()) {
                return item(level.entries().next(), level.prefix(), false);
            }
        } catch (DirectoryIteratorException e) {
            LOG.warn("a directory could not be read to its end", e);
        }
        levels.removeFirst();
        close(level);
        return Optional.empty();
    }

    private Optional<Batch.Item> item(Path path, String prefix, boolean top) {
        Path last = path.getFileName();
        String name = prefix + (last == null ? "" : last);
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(new Batch.Item(path, name, Optional.empty()));
        }
        try {
            if (leaveOut.contains(path.toRealPath())) {
                LOG.info("{} is this sender's own and is left out", path);
                return Optional.empty();
            }
            if (levels.size() >= FileInputs.MAX_DEPTH) {
                return Optional.of(fault(path, name, SealException.Kind.TOO_MANY, "too deep"));
            }
            levels.addFirst(Level.open(path, top ? "" : name + "/"));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(fault(path, name, SealException.Kind.UNREADABLE, String.valueOf(e.getMessage())));
        }
    }

    private static Batch.Item fault(Path path, String name, SealException.Kind kind, String detail) {
        return new Batch.Item(path, name, Optional.of(new SealException(kind, path, detail)));
    }

    private static void close(Level level) {
        try {
            level.stream().close();
        } catch (IOException e) {
            LOG.debug("closing a directory: {}", e.toString());
        }
    }

    @Override
    public void close() {
        levels.forEach(EachFile::close);
        levels.clear();
    }
}
