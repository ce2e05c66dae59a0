package waybill.store.local;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import waybill.protocol.DeliveryKey;

/**
 * The index file: one thread writes, and whatever waits for it while it syncs goes into its next transaction; a few
 * threads read. All of them are platform threads, because calls into SQLite would pin virtual ones. Safe for use by
 * several threads; calls block until theirs is done.
 */
final class Database implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final int WAITING = 1024;
    private static final int BATCH = 256;
    private static final int READERS = 3;
    private static final int PAGES_AT_ONCE = 4096;

    /** What one caller wants done. */
    @FunctionalInterface
    interface Work<T> {
        T on(Records records) throws SQLException;
    }

    /** The commit was reported failed; it may have happened all the same. */
    static final class UncertainException extends IOException {
        UncertainException(@Nullable Throwable cause) {
            super("the index may or may not have kept it: " + cause, cause);
        }
    }

    private final Disk disk;
    private final Records writing;
    private final BlockingQueue<Request<?>> requests = new ArrayBlockingQueue<>(WAITING);
    private final Request<Object> stop = new Request<>(records -> "stop");
    private final Thread writer;
    private final BlockingQueue<Records> reading = new ArrayBlockingQueue<>(READERS);
    private final ExecutorService readers = Executors.newFixedThreadPool(
            READERS,
            Thread.ofPlatform().daemon().name("waybill-store-reader-", 0).factory());
    private volatile boolean closed;
    private volatile boolean ended;

    /** Takes over a connection that has created the tables, and opens the others. */
    Database(Path file, Records writing, Disk disk) throws SQLException {
        this.writing = writing;
        this.disk = disk;
        for (int i = 0; i < READERS; i++) {
            Records records = connect(file);
            records.execute("PRAGMA query_only = 1");
            reading.add(records);
        }
        writer = Thread.ofPlatform().daemon().name("waybill-store-writer").start(this::commitInGroups);
    }

    /** Opens the file, created if need be, so that every commit is synced before it returns. */
    static Records connect(Path file) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Records records = new Records(connection);
        try {
            records.execute("PRAGMA busy_timeout = 10000");
            // Before the first table and before the log: an index that shrinks again has to be born so.
            records.execute("PRAGMA auto_vacuum = INCREMENTAL");
            records.execute("PRAGMA journal_mode = WAL");
            records.execute("PRAGMA synchronous = FULL");
            return records;
        } catch (SQLException e) {
            records.close();
            throw e;
        }
    }

    /**
     * Does the work in a transaction, durable on return.
     *
     * @throws UncertainException if it may have been done
     * @throws IOException if it was not done
     */
    <T> T write(Work<T> work) throws IOException {
        if (closed) {
            throw new IOException("the store is closed");
        }
        Request<T> request = new Request<>(work);
        try {
            requests.put(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted before anything was written");
        }
        if (ended) {
            // It came in after the writer looked for the last time.
            request.fail(new IOException("the store is closed"));
        }
        return request.await();
    }

    /**
     * Puts some records and forgets others, durable on return. Doing it twice is doing it once, so an uncertain end is made
     * certain by doing it again.
     */
    void keep(Collection<Row> rows, Collection<DeliveryKey> forgotten) throws IOException {
        Work<Integer> work = records -> {
            for (Row row : rows) {
                records.put(row);
            }
            for (DeliveryKey key : forgotten) {
                records.delete(key);
            }
            return rows.size();
        };
        try {
            write(work);
        } catch (UncertainException e) {
            LOG.warn("{}; once more", e.getMessage());
            try {
                write(work);
            } catch (IOException again) {
                e.addSuppressed(again);
                throw e;
            }
        }
    }

    /** Reads what is committed. */
    <T> T read(Work<T> work) throws IOException {
        Request<T> request = new Request<>(work);
        try {
            readers.execute(() -> {
                // There are as many connections as threads: one is always there.
                Records records = reading.remove();
                try {
                    request.finish(work.on(records));
                } catch (Throwable e) {
                    request.fail(e);
                } finally {
                    reading.add(records);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new IOException("the store is closed", e);
        }
        return request.await();
    }

    /** Gives pages that are free back to the filesystem, a bounded number at a time. */
    void shrink() throws IOException {
        write(records -> {
            records.shrink(PAGES_AT_ONCE);
            return true;
        });
    }

    /** Does what is asked already, then stops. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        while (true) {
            try {
                if (!ended) {
                    requests.put(stop);
                }
                writer.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        readers.close();
        reading.forEach(Records::close);
        writing.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void commitInGroups() {
        List<Request<?>> group = new ArrayList<>(BATCH);
        boolean stopping = false;
        while (!stopping) {
            group.clear();
            try {
                group.add(requests.take());
            } catch (InterruptedException e) {
                // Nobody has this thread to interrupt; only the stop request ends it.
                continue;
            }
            requests.drainTo(group, BATCH - 1);
            stopping = group.removeIf(request -> request == stop);
            if (!group.isEmpty()) {
                commit(group);
            }
        }
        ended = true;
        group.clear();
        requests.drainTo(group);
        group.forEach(request -> request.fail(new IOException("the store is closed")));
    }

    private void commit(List<Request<?>> group) {
        boolean committing = false;
        try {
            writing.again("BEGIN IMMEDIATE");
            for (Request<?> request : group) {
                // One that fails takes nothing from the others.
                writing.again("SAVEPOINT one");
                if (!request.work(writing)) {
                    writing.again("ROLLBACK TO one");
                }
                writing.again("RELEASE one");
            }
            committing = true;
            disk.commit(writing.connection());
        } catch (Throwable e) {
            // The edge of this thread: whatever it is, those who wait must hear of it and the thread must live on.
            rollBack();
            // A full disk is no doubt: the mark that ends a transaction in the log is what did not fit.
            Throwable cause = committing && !isFull(e) ? new UncertainException(e) : e;
            group.forEach(request -> request.fail(cause));
            return;
        }
        group.forEach(Request::finish);
    }

    private static boolean isFull(Throwable e) {
        return e instanceof SQLException sql && (sql.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_FULL.code;
    }

    private void rollBack() {
        try {
            writing.execute("ROLLBACK");
        } catch (SQLException e) {
            // SQLite has rolled back by itself, or the commit did happen: either way no transaction is open.
            LOG.debug("nothing to roll back: {}", e.toString());
        }
    }

    /** Work and who waits for it. */
    private static final class Request<T> {
        private final Work<T> work;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private @Nullable T result;

        Request(Work<T> work) {
            this.work = work;
        }

        /** Does the work; whether it went well. */
        boolean work(Records records) {
            try {
                result = Objects.requireNonNull(work.on(records));
                return true;
            } catch (SQLException | RuntimeException e) {
                fail(e);
                return false;
            }
        }

        void finish() {
            if (result != null) {
                future.complete(result);
            }
        }

        void finish(T value) {
            future.complete(value);
        }

        void fail(Throwable cause) {
            future.completeExceptionally(cause);
        }

        /** Not to be interrupted: whoever left here would not know what became of it. */
        T await() throws IOException {
            try {
                return future.join();
            } catch (CompletionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (cause instanceof UncertainException uncertain) {
                    // One of its own for each who waits, so that the traces tell them apart.
                    throw new UncertainException(uncertain.getCause());
                }
                throw new IOException("the index: " + cause.getMessage(), cause);
            }
        }
    }
}
