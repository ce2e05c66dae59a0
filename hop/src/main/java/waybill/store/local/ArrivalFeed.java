package waybill.store.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteConfig;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * What a {@link LocalDeliveryStore} took in, in the order it was committed: a feed that can be read again from any point,
 * by another process too, beside the one that runs on the directory.
 *
 * <p>The place of a delivery in the feed is the number its record got when it was first committed. One thread commits, so
 * nothing ever appears before what a reader has seen. Only an index that was lost and made anew from the files numbers
 * anew.
 */
public final class ArrivalFeed {
    private ArrivalFeed() {}

    /**
     * One delivery.
     *
     * @param sequence its place, above 0
     * @param payload where its bytes lie; an operator may have taken them away
     * @param outcome its receipt; empty for what a crash left, until it is signed for
     */
    public record Entry(
            long sequence, DeliveryKey key, long size, Instant accepted, Path payload, Optional<byte[]> outcome) {}

    /**
     * What was committed after a place, the oldest first. What has passed its retention is left out.
     *
     * @param root the store's directory
     * @param sequence the last place seen, 0 for none
     * @param limit the most entries, above 0
     */
    public static List<Entry> after(Path root, long sequence, int limit) throws IOException {
        StoreFiles files = new StoreFiles(root, new Disk());
        if (!Files.exists(files.index())) {
            return List.of();
        }
        SQLiteConfig config = new SQLiteConfig();
        // Whoever looks changes nothing.
        config.setReadOnly(true);
        config.setBusyTimeout(10_000);
        try (Connection connection = config.createConnection("jdbc:sqlite:" + files.index());
                PreparedStatement statement =
                        connection.prepareStatement("SELECT rowid, id, sha256, contents, size, accepted, outcome"
                                + " FROM delivery WHERE rowid > ? AND state IN ('ACCEPTED', 'SETTLED')"
                                + " ORDER BY rowid LIMIT ?")) {
            statement.setLong(1, sequence);
            statement.setInt(2, limit);
            List<Entry> entries = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    entries.add(entry(files, result));
                }
            }
            return List.copyOf(entries);
        } catch (SQLException e) {
            throw new IOException("the index " + files.index() + ": " + e.getMessage(), e);
        }
    }

    private static Entry entry(StoreFiles files, ResultSet result) throws SQLException {
        DeliveryKey bare = DeliveryKey.of(TaskId.parse(result.getString(2)), new Sha256(result.getString(3)));
        String contents = result.getString(4);
        DeliveryKey key = contents.isEmpty() ? bare : bare.withContents(new Sha256(contents));
        return new Entry(
                result.getLong(1),
                key,
                result.getLong(5),
                Instant.ofEpochMilli(result.getLong(6)),
                files.payload(key),
                Optional.ofNullable(result.getBytes(7)));
    }
}
