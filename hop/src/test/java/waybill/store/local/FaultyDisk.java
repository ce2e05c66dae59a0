package waybill.store.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A disk that fails on demand, one step at a time, before or after it did the step; and that loses at a power cut what was
 * not synced: bytes of files, and names in directories.
 */
public final class FaultyDisk extends Disk {
    /** Where it can fail. */
    public enum Step {
        CREATE,
        WRITE,
        SYNC_FILE,
        RENAME,
        SYNC_DIRECTORY,
        COMMIT,
        DELETE
    }

    private record Renamed(Path from, Path to) {}

    private final Map<Path, Long> synced = new HashMap<>();
    private final Deque<Renamed> unsyncedNames = new ArrayDeque<>();
    private @Nullable Step failing;
    private boolean happens;
    private int times;
    private int failures;
    private boolean dead;
    private Optional<Long> usable = Optional.empty();
    private Runnable beforeCommit = () -> {};

    /** Lets the next so many of these steps be reported failed. */
    public synchronized void fail(Step step, boolean butItHappens, int howOften) {
        failing = step;
        happens = butItHappens;
        times = howOften;
        failures = 0;
    }

    /** How often it failed since it was told to. */
    public synchronized int failures() {
        return failures;
    }

    public synchronized void setUsable(long bytes) {
        usable = Optional.of(bytes);
    }

    public synchronized void beforeCommit(Runnable action) {
        beforeCommit = action;
    }

    /** From now on nothing happens any more, as if the process were killed. */
    public synchronized void kill() {
        dead = true;
    }

    /** Takes away what no sync has made durable. To be called when nobody works on the disk. */
    public synchronized void cutPower() throws IOException {
        for (Renamed renamed : unsyncedNames) {
            if (Files.exists(renamed.to())) {
                Files.move(renamed.to(), renamed.from());
                Long length = synced.remove(renamed.to());
                if (length != null) {
                    synced.put(renamed.from(), length);
                }
            }
        }
        for (Map.Entry<Path, Long> file : synced.entrySet()) {
            if (Files.exists(file.getKey())) {
                try (FileChannel channel = FileChannel.open(file.getKey(), StandardOpenOption.WRITE)) {
                    channel.truncate(file.getValue());
                }
            }
        }
        unsyncedNames.clear();
        synced.clear();
    }

    private interface Action {
        void run() throws IOException;
    }

    private void step(Step step, Action action) throws IOException {
        if (dead) {
            throw new IOException("dead");
        }
        if (step == failing && times > 0) {
            times--;
            failures++;
            if (happens) {
                action.run();
            }
            throw new IOException(step + " failed on demand");
        }
        action.run();
    }

    @Override
    public synchronized FileChannel create(Path file) throws IOException {
        FileChannel[] channel = new FileChannel[1];
        try {
            step(Step.CREATE, () -> {
                channel[0] = super.create(file);
                // SQLite syncs the index itself.
                if (!file.endsWith("state.db")) {
                    synced.put(file, 0L);
                }
            });
        } catch (IOException e) {
            if (channel[0] != null) {
                channel[0].close();
            }
            throw e;
        }
        return channel[0];
    }

    @Override
    public synchronized FileChannel open(Path file) throws IOException {
        FileChannel[] channel = new FileChannel[1];
        try {
            step(Step.CREATE, () -> {
                boolean fresh = !Files.exists(file);
                channel[0] = super.open(file);
                if (fresh) {
                    synced.put(file, 0L);
                }
            });
        } catch (IOException e) {
            if (channel[0] != null) {
                channel[0].close();
            }
            throw e;
        }
        return channel[0];
    }

    @Override
    public synchronized void write(Path file, FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        step(Step.WRITE, () -> super.write(file, channel, bytes, position));
    }

    @Override
    public synchronized void write(Path file, FileChannel channel, ByteBuffer bytes) throws IOException {
        step(Step.WRITE, () -> super.write(file, channel, bytes));
    }

    @Override
    public synchronized void syncFile(Path file, FileChannel channel) throws IOException {
        step(Step.SYNC_FILE, () -> synced.put(file, channel.size()));
    }

    @Override
    public synchronized void createDirectory(Path directory) throws IOException {
        if (dead) {
            throw new IOException("dead");
        }
        super.createDirectory(directory);
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        step(Step.RENAME, () -> {
            super.rename(from, to);
            unsyncedNames.push(new Renamed(from, to));
            Long length = synced.remove(from);
            if (length != null) {
                synced.put(to, length);
            }
        });
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        step(
                Step.SYNC_DIRECTORY,
                () -> unsyncedNames.removeIf(
                        renamed -> directory.equals(renamed.to().getParent())));
    }

    @Override
    public synchronized boolean delete(Path file) throws IOException {
        boolean[] deleted = new boolean[1];
        step(Step.DELETE, () -> deleted[0] = super.delete(file));
        synced.remove(file);
        return deleted[0];
    }

    @Override
    void commit(Connection connection) throws SQLException {
        Runnable action;
        synchronized (this) {
            action = beforeCommit;
        }
        action.run();
        synchronized (this) {
            try {
                step(Step.COMMIT, () -> {
                    try {
                        super.commit(connection);
                    } catch (SQLException e) {
                        throw new IOException(e);
                    }
                });
            } catch (IOException e) {
                throw new SQLException(e.getMessage(), e);
            }
        }
    }

    @Override
    public synchronized long usableSpace(FileStore filesystem) throws IOException {
        return usable.isPresent() ? usable.get() : super.usableSpace(filesystem);
    }
}
