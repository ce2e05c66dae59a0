package waybill.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import waybill.protocol.NodeId;
import waybill.store.DurableFiles;

/**
 * The good news of relays, kept as {@code relays.json}: through whom a receipt ever came, which ranks them first, and who
 * answered lately, by which the next request says how many answers to expect (section 2). Bounded. Safe for use by several
 * threads and processes.
 */
public final class TrackRecord {
    /** The most relays whose deliveries are remembered; the one longest without goes first. */
    public static final int MAX_DELIVERED = 1_000;

    private static final Duration OFTEN = Duration.ofMinutes(1);

    private final StateFile file;
    private final InstantSource clock;
    /** What this object put down, and when. */
    private final Map<String, Instant> noted = new ConcurrentHashMap<>();

    private TrackRecord(Path directory, InstantSource clock) {
        this.file = new StateFile(directory.resolve("relays.json"));
        this.clock = clock;
    }

    /** Opens or makes the record in this directory. */
    public static TrackRecord open(Path directory, InstantSource clock) throws IOException {
        DurableFiles.directory(directory, true);
        return new TrackRecord(directory, clock);
    }

    /**
     * A verified receipt came through this one. Where this object put that down less than a minute ago nothing is written: of
     * many small deliveries in a row each would wait for the same file.
     */
    public void delivered(Blacklist.Subject subject) throws IOException {
        Instant now = clock.instant();
        Optional<Instant> last = Optional.ofNullable(noted.get(subject.toString()));
        if (last.isPresent()
                && !now.isBefore(last.get())
                && now.isBefore(last.get().plus(OFTEN))) {
            return;
        }
        put(subject, now.toString());
        if (noted.size() >= MAX_DELIVERED) {
            noted.clear();
        }
        noted.put(subject.toString(), now);
    }

    private void put(Blacklist.Subject subject, String when) throws IOException {
        file.change(json -> {
            ObjectNode all = StateFile.object(json, "delivered");
            all.remove(subject.toString());
            all.put(subject.toString(), when);
            Iterator<String> names = all.fieldNames();
            for (int extra = all.size() - MAX_DELIVERED; extra > 0; extra--) {
                names.next();
                names.remove();
            }
            return all;
        });
    }

    /** Everybody through whom a receipt ever came, as {@link Blacklist.Subject} writes them. */
    public Set<String> delivered() throws IOException {
        Set<String> names = new LinkedHashSet<>();
        file.read().path("delivered").fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Who answered, and when last; the caller forgets what is old. */
    public Map<NodeId, Instant> seen() throws IOException {
        Map<NodeId, Instant> seen = new HashMap<>();
        for (Map.Entry<String, JsonNode> one : file.read().path("seen").properties()) {
            try {
                seen.put(
                        NodeId.parse(one.getKey()), Instant.parse(one.getValue().asText()));
            } catch (IllegalArgumentException | DateTimeParseException _) {
                // It only sets how long relays wait before they answer.
            }
        }
        return seen;
    }

    /** Keeps who answered lately in place of what was kept; the caller bounds it. */
    public void keepSeen(Map<NodeId, Instant> seen) throws IOException {
        file.change(json -> {
            ObjectNode all = json.putObject("seen");
            seen.forEach((node, when) -> all.put(node.toString(), when.toString()));
            return all;
        });
    }
}
