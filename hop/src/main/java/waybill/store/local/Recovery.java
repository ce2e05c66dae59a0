package waybill.store.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;
import waybill.store.DurableFiles;

/**
 * What a start does before the store serves: it makes files and index agree. One damaged item is set aside and the rest
 * goes on. Where the index is missing or broken, it is made anew from the files: payloads come back as accepted and are
 * passed on again, outcomes come back from their copies, tombstones are lost. For one thread.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final int PAGE = 200;
    /** The index says so of itself once it knows of every file; before that a crash means to begin again. */
    private static final int COMPLETE = 1;
    /** How far back copies of outcomes are looked after: much longer than a system waits before it writes. */
    private static final long COPIES_SECONDS = 24 * 3600;

    private final StoreFiles files;
    private final Disk disk;
    private final Instant now;

    Recovery(StoreFiles files, Disk disk, Instant now) {
        this.files = files;
        this.disk = disk;
        this.now = now;
    }

    /** Opens the index, agreeing with the files, and counts it into the ledger. */
    Records open(Ledger ledger) throws IOException, SQLException {
        files.create();
        each(files.incoming(), files::deleteQuietly);
        Records records = openIndex();
        boolean done = false;
        try {
            boolean complete = records.number("PRAGMA user_version") == COMPLETE;
            checkRecords(records);
            checkPayloads(records);
            if (!complete) {
                restoreOutcomes(records);
                records.execute("PRAGMA user_version = " + COMPLETE);
            }
            records.recount(ledger);
            done = true;
            return records;
        } finally {
            if (!done) {
                records.close();
            }
        }
    }

    private Records openIndex() throws IOException, SQLException {
        try {
            return openHealthyIndex();
        } catch (SQLException e) {
            if (!isDamage(e)) {
                throw e;
            }
            LOG.error("the index is damaged and is made anew from the files: {}", e.getMessage());
        }
        Path index = files.index();
        for (String suffix : new String[] {"", "-wal", "-shm"}) {
            Path part = index.resolveSibling(index.getFileName() + suffix);
            if (Files.exists(part)) {
                files.setAside(part, "part of a damaged index");
            }
        }
        files.syncSetAside();
        disk.syncDirectory(files.root());
        return openHealthyIndex();
    }

    private Records openHealthyIndex() throws IOException, SQLException {
        Path index = files.index();
        if (!Files.exists(index)) {
            // SQLite gives its log the permissions of the file.
            disk.create(index).close();
        }
        Records records = Database.connect(index);
        boolean healthy = false;
        try {
            String verdict = records.text("PRAGMA quick_check(1)");
            if (!verdict.equals("ok")) {
                throw new SQLiteException(verdict, SQLiteErrorCode.SQLITE_CORRUPT);
            }
            records.createTables();
            disk.syncDirectory(files.root());
            healthy = true;
            return records;
        } finally {
            if (!healthy) {
                records.close();
            }
        }
    }

    private static boolean isDamage(SQLException e) {
        int code = e.getErrorCode() & 0xff;
        return code == SQLiteErrorCode.SQLITE_CORRUPT.code || code == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    /** Every record that should have a payload has one of its size; the young outcomes have their copies. */
    private void checkRecords(Records records) throws IOException, SQLException {
        long youngest = records.number("SELECT coalesce(max(changed), 0) FROM delivery");
        Instant young = Instant.ofEpochMilli(youngest).minusSeconds(COPIES_SECONDS);
        Optional<DeliveryKey> after = Optional.empty();
        List<Row> page;
        do {
            page = records.page(after, PAGE);
            records.execute("BEGIN IMMEDIATE");
            for (Row row : page) {
                after = Optional.of(row.key());
                if (row.payload()) {
                    checkPayload(records, row);
                }
                if (row.changed().isAfter(young)) {
                    checkCopy(row);
                }
            }
            disk.commit(records.connection());
        } while (page.size() == PAGE);
    }

    private void checkPayload(Records records, Row row) throws IOException, SQLException {
        Path payload = files.payload(row.key());
        if (Files.isRegularFile(payload, LinkOption.NOFOLLOW_LINKS) && Files.size(payload) == row.size()) {
            return;
        }
        String why = "the payload of " + row.key() + " is missing";
        if (Files.exists(payload, LinkOption.NOFOLLOW_LINKS)) {
            why = "the payload of " + row.key() + " does not have its " + row.size() + " bytes";
            files.setAside(payload, why);
        }
        LOG.error("{}", why);
        // The record stays readable beside the damaged file, for people; what is left of it serves nobody else.
        DurableFiles.write(
                files.setAside().resolve(row.key() + ".note"),
                (why + "\nstate " + row.state() + ", accepted " + row.held().accepted() + "\n")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                true);
        if (row.state() == State.ACCEPTED) {
            // It cannot be passed on. Forgotten, it can be sent again.
            records.delete(row.key());
        } else {
            records.put(row.withoutPayload(why));
        }
    }

    private void checkCopy(Row row) throws IOException {
        boolean receipt = row.state() == State.SETTLED;
        Optional<byte[]> outcome = row.held().outcome();
        if (outcome.isPresent() && !files.hasCopy(row.key(), receipt, outcome.get())) {
            files.keepCopy(row.key(), receipt, outcome.get());
        }
    }

    /** Every file in upload/ has a record, or gets one if it is what its name says. */
    private void checkPayloads(Records records) throws IOException, SQLException {
        for (Path folder : folders(files.uploads())) {
            records.execute("BEGIN IMMEDIATE");
            each(folder, file -> {
                Optional<DeliveryKey> key =
                        StoreFiles.keyOf(String.valueOf(file.getFileName())).filter(k -> StoreFiles.isAtHome(file, k));
                Optional<Row> record = key.isPresent() ? records.find(key.get()) : Optional.empty();
                if (record.isPresent()) {
                    if (!record.get().payload()) {
                        // Its outcome came, and then the crash, before the file could go.
                        disk.delete(file);
                    }
                } else if (key.isPresent() && isWhole(file, key.get())) {
                    LOG.warn("taken over without a record: {}", key.get());
                    records.put(files.describedBy(file, key.get(), now, "found without a record"));
                } else {
                    files.setAside(file, "in upload/, but not what its name says");
                }
            });
            disk.commit(records.connection());
        }
        files.syncSetAside();
    }

    /** The outcomes come back from their copies; a receipt goes before a refusal. */
    private void restoreOutcomes(Records records) throws IOException, SQLException {
        for (Path folder : folders(files.outcomes())) {
            records.execute("BEGIN IMMEDIATE");
            each(folder, file -> restoreOutcome(records, file));
            disk.commit(records.connection());
        }
        files.syncSetAside();
    }

    private void restoreOutcome(Records records, Path file) throws IOException, SQLException {
        Optional<StoreFiles.Copy> copy =
                StoreFiles.copyOf(String.valueOf(file.getFileName())).filter(c -> StoreFiles.isAtHome(file, c.key()));
        if (copy.isEmpty() || Files.size(file) > LocalDeliveryStore.MAX_OUTCOME) {
            files.setAside(file, "in outcomes/, but not one");
            return;
        }
        byte[] outcome = Files.readAllBytes(file);
        if (!StoreFiles.isWhole(copy.get(), outcome)) {
            files.setAside(file, "a torn copy of an outcome");
            return;
        }
        DeliveryKey key = copy.get().key();
        boolean receipt = copy.get().receipt();
        Instant settled = Files.getLastModifiedTime(file).toInstant();
        Optional<Row> before = records.find(key);
        if (before.isEmpty()) {
            // Its payload is not here any more, and with it went what the label said.
            Row bare = Row.refused(new Label(key, 0, Optional.empty(), 0), outcome, settled);
            records.put(receipt ? bare.settled(outcome, true, false, settled) : bare);
        } else if (before.get().state() != State.SETTLED) {
            records.put(before.get().settled(outcome, receipt, true, settled));
        }
    }

    /** Whether the file is what its name says; one that cannot be read is not. */
    private boolean isWhole(Path file, DeliveryKey key) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        MessageDigest digest = Sha256.newDigest();
        ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        try (SeekableByteChannel channel = files.open(file)) {
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        } catch (IOException e) {
            LOG.error("{} cannot be read: {}", file, e.toString());
            return false;
        }
        return Sha256.ofDigest(digest.digest()).equals(key.sha256());
    }

    private static List<Path> folders(Path parent) throws IOException, SQLException {
        List<Path> folders = new ArrayList<>();
        each(parent, folder -> {
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                folders.add(folder);
            }
        });
        return folders;
    }

    /** What is done with each file. */
    private interface Visit {
        void file(Path file) throws IOException, SQLException;
    }

    private static void each(Path folder, Visit visit) throws IOException, SQLException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                visit.file(entry);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}
