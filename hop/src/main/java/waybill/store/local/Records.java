package waybill.store.local;

import java.io.Closeable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore.Held;
import waybill.store.DeliveryStore.Label;
import waybill.store.DeliveryStore.State;

/** The index over one connection, in the words of SQL. Times are kept in milliseconds. For one thread. */
final class Records implements Closeable {
    /** How many of one ID and digest are looked at. */
    static final int SIBLINGS = 16;

    private static final String COLUMNS =
            "id, sha256, contents, size, recipient, hops, owner, state, accepted, attempts,"
                    + " due, note, outcome, payload, changed";
    private static final String OF_KEY = " WHERE id = ? AND sha256 = ? AND contents = ?";

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    Records(Connection connection) {
        this.connection = connection;
    }

    /** Creates the tables where they are missing. */
    void createTables() throws SQLException {
        execute("CREATE TABLE IF NOT EXISTS delivery ("
                + "id TEXT NOT NULL, sha256 TEXT NOT NULL, contents TEXT NOT NULL, size INTEGER NOT NULL,"
                + " recipient TEXT, hops INTEGER NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,"
                + " accepted INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, note TEXT NOT NULL,"
                + " outcome BLOB, payload INTEGER NOT NULL, changed INTEGER NOT NULL,"
                + " PRIMARY KEY (id, sha256, contents))");
        execute("CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due) WHERE state = 'ACCEPTED'");
        execute("CREATE INDEX IF NOT EXISTS delivery_ended ON delivery (state, changed) WHERE state <> 'ACCEPTED'");
        execute("CREATE INDEX IF NOT EXISTS delivery_ended_of ON delivery (owner, state, changed)"
                + " WHERE state <> 'ACCEPTED'");
    }

    Connection connection() {
        return connection;
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** As {@link #execute}, for what is said again and again: it is compiled once. */
    void again(String sql) throws SQLException {
        prepare(sql).execute();
    }

    /** Gives free pages back, at most so many. */
    void shrink(int pages) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // As an update: it gives a page back with every row it answers, and only this asks for all of them.
            statement.executeUpdate("PRAGMA incremental_vacuum(" + pages + ")");
        }
    }

    /** The single number a query gives. */
    long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.getLong(1);
        }
    }

    /** The single text a query gives. */
    String text(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.getString(1);
        }
    }

    Optional<Row> find(DeliveryKey key) throws SQLException {
        PreparedStatement statement = prepare("SELECT " + COLUMNS + " FROM delivery" + OF_KEY);
        bind(statement, 1, key);
        try (ResultSet result = statement.executeQuery()) {
            return result.next() ? Optional.of(row(result)) : Optional.empty();
        }
    }

    List<Row> findAll(TaskId id, Sha256 sha256) throws SQLException {
        PreparedStatement statement = prepare("SELECT " + COLUMNS + " FROM delivery WHERE id = ? AND sha256 = ?"
                + " ORDER BY CASE state WHEN 'SETTLED' THEN 0 WHEN 'ACCEPTED' THEN 1 WHEN 'REFUSED' THEN 2 ELSE 3 END,"
                + " contents LIMIT " + SIBLINGS);
        statement.setString(1, id.toString());
        statement.setString(2, sha256.hex());
        return rows(statement);
    }

    List<Row> due(Instant now, int limit) throws SQLException {
        PreparedStatement statement = prepare("SELECT " + COLUMNS
                + " FROM delivery WHERE state = 'ACCEPTED' AND due <= ? ORDER BY due, rowid LIMIT ?");
        statement.setLong(1, now.toEpochMilli());
        statement.setInt(2, limit);
        return rows(statement);
    }

    /** The size of the largest accepted one. */
    long largestPending() throws SQLException {
        return number("SELECT coalesce(max(size), 0) FROM delivery WHERE state = 'ACCEPTED'");
    }

    /** Records in the order of their keys, those after this one. */
    List<Row> page(Optional<DeliveryKey> after, int limit) throws SQLException {
        PreparedStatement statement = prepare("SELECT " + COLUMNS
                + " FROM delivery WHERE (id, sha256, contents) > (?, ?, ?) ORDER BY id, sha256, contents LIMIT ?");
        statement.setString(1, after.map(k -> k.id().toString()).orElse(""));
        statement.setString(2, after.map(k -> k.sha256().hex()).orElse(""));
        statement.setString(3, after.map(Records::contents).orElse(""));
        statement.setInt(4, limit);
        return rows(statement);
    }

    /** Keys that ended in this state before this time, of this owner or of any, the oldest first. */
    List<DeliveryKey> ended(State state, Optional<String> owner, Instant before, int limit) throws SQLException {
        PreparedStatement statement = prepare(
                "SELECT id, sha256, contents FROM delivery WHERE state = ? AND state <> 'ACCEPTED'" + " AND changed < ?"
                        + (owner.isPresent() ? " AND owner = ?" : "") + " ORDER BY changed LIMIT ?");
        statement.setString(1, state.name());
        statement.setLong(2, before.toEpochMilli());
        int next = 3;
        if (owner.isPresent()) {
            statement.setString(next++, owner.get());
        }
        statement.setInt(next, limit);
        List<DeliveryKey> keys = new ArrayList<>();
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                keys.add(key(result));
            }
        }
        return keys;
    }

    void put(Row row) throws SQLException {
        PreparedStatement statement = prepare("INSERT INTO delivery (" + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, sha256, contents) DO UPDATE SET"
                + " size = excluded.size, recipient = excluded.recipient, hops = excluded.hops, owner = excluded.owner,"
                + " state = excluded.state, accepted = excluded.accepted, attempts = excluded.attempts,"
                + " due = excluded.due, note = excluded.note, outcome = excluded.outcome, payload = excluded.payload,"
                + " changed = excluded.changed");
        Held held = row.held();
        bind(statement, 1, row.key());
        statement.setLong(4, row.size());
        statement.setString(5, held.label().recipient().orElse(null));
        statement.setInt(6, held.label().hops());
        statement.setString(7, row.owner());
        statement.setString(8, held.state().name());
        statement.setLong(9, held.accepted().toEpochMilli());
        statement.setInt(10, held.attempts());
        // Rounded up, so that nothing is due before its time.
        statement.setLong(11, held.due().plusNanos(999_999).toEpochMilli());
        statement.setString(12, held.note());
        statement.setBytes(13, held.outcome().orElse(null));
        statement.setBoolean(14, row.payload());
        statement.setLong(15, row.changed().toEpochMilli());
        statement.executeUpdate();
    }

    void delete(DeliveryKey key) throws SQLException {
        PreparedStatement statement = prepare("DELETE FROM delivery" + OF_KEY);
        bind(statement, 1, key);
        statement.executeUpdate();
    }

    /** Feeds the sums of all records to the ledger. */
    void recount(Ledger ledger) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT owner, count(*), sum(size * payload) FROM delivery GROUP BY owner")) {
            while (result.next()) {
                ledger.countHeld(result.getString(1), result.getLong(2), result.getLong(3));
            }
        }
        ledger.countPending(
                number("SELECT count(*) FROM delivery WHERE state = 'ACCEPTED'"),
                number("SELECT coalesce(sum(size), 0) FROM delivery WHERE state = 'ACCEPTED'"));
    }

    @Override
    public void close() {
        try {
            for (PreparedStatement statement : statements.values()) {
                statement.close();
            }
            connection.close();
        } catch (SQLException e) {
            // What was to be kept is committed; a connection that does not close is the system's to clean up.
            org.slf4j.LoggerFactory.getLogger(Records.class).warn("closing the index: {}", e.toString());
        }
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        return statement;
    }

    private static List<Row> rows(PreparedStatement statement) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                rows.add(row(result));
            }
        }
        return rows;
    }

    private static Row row(ResultSet result) throws SQLException {
        Label label =
                new Label(key(result), result.getLong(4), Optional.ofNullable(result.getString(5)), result.getInt(6));
        Held held = new Held(
                label,
                State.valueOf(result.getString(8)),
                Instant.ofEpochMilli(result.getLong(9)),
                result.getInt(10),
                Instant.ofEpochMilli(result.getLong(11)),
                result.getString(12),
                Optional.ofNullable(result.getBytes(13)));
        return new Row(held, result.getString(7), result.getBoolean(14), Instant.ofEpochMilli(result.getLong(15)));
    }

    private static DeliveryKey key(ResultSet result) throws SQLException {
        DeliveryKey key = DeliveryKey.of(TaskId.parse(result.getString(1)), new Sha256(result.getString(2)));
        String contents = result.getString(3);
        return contents.isEmpty() ? key : key.withContents(new Sha256(contents));
    }

    private static void bind(PreparedStatement statement, int at, DeliveryKey key) throws SQLException {
        statement.setString(at, key.id().toString());
        statement.setString(at + 1, key.sha256().hex());
        statement.setString(at + 2, contents(key));
    }

    private static String contents(DeliveryKey key) {
        return key.contents().map(Sha256::hex).orElse("");
    }
}
