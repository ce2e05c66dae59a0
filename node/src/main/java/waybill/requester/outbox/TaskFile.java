package waybill.requester.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import waybill.discovery.LinkZone;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Reads and writes {@code task.json}. */
final class TaskFile {
    /** The most bytes of a task.json. */
    static final int MAX_BYTES = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FORMAT = 1;

    private TaskFile() {}

    /** It is damaged, or not ours. */
    static final class DamagedException extends IOException {
        DamagedException(String message) {
            super(message);
        }

        DamagedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static byte[] write(OutboxTask task) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        json.put("id", task.id().toString());
        json.put("sha256", task.key().sha256().hex());
        task.key().contents().ifPresent(contents -> json.put("contents", contents.hex()));
        json.put("backend", task.backend().toString());
        json.put("size", task.size());
        json.put("recipient", task.recipient());
        json.put("created", task.created().toString());
        json.put("files", task.files());
        json.put("phase", task.phase().name());
        task.carrier().ifPresent(carrier -> json.set("carrier", carrier(carrier)));
        ArrayNode acceptances = json.putArray("acceptances");
        for (OutboxTask.Acceptance acceptance : task.acceptances()) {
            ObjectNode one = acceptances.addObject();
            one.set("carrier", carrier(acceptance.carrier()));
            one.put("promise", acceptance.promise().header());
            one.put("at", acceptance.at().toString());
            one.put("maximumWait", acceptance.maximumWait().toString());
            one.put("standing", acceptance.standing().name());
        }
        json.put("attempts", task.attempts());
        ArrayNode history = json.putArray("history");
        for (OutboxTask.Entry entry : task.history()) {
            history.addObject()
                    .put("at", entry.at().toString())
                    .put("event", entry.event())
                    .put("who", entry.who())
                    .put("detail", entry.detail());
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    }

    static OutboxTask read(byte[] bytes) throws DamagedException {
        try {
            JsonNode json = JSON.readTree(bytes);
            if (json.path("format").asInt() != FORMAT) {
                throw new IllegalArgumentException("not a task of format " + FORMAT);
            }
            List<OutboxTask.Acceptance> acceptances = new ArrayList<>();
            for (JsonNode one : json.path("acceptances")) {
                acceptances.add(new OutboxTask.Acceptance(
                        carrier(one.path("carrier")),
                        Promise.parse(text(one, "promise")),
                        Instant.parse(text(one, "at")),
                        Duration.parse(text(one, "maximumWait")),
                        OutboxTask.Standing.valueOf(text(one, "standing"))));
            }
            List<OutboxTask.Entry> history = new ArrayList<>();
            for (JsonNode one : json.path("history")) {
                history.add(new OutboxTask.Entry(
                        Instant.parse(text(one, "at")), text(one, "event"), text(one, "who"), text(one, "detail")));
            }
            return new OutboxTask(
                    new DeliveryKey(
                            TaskId.parse(text(json, "id")),
                            new Sha256(text(json, "sha256")),
                            json.hasNonNull("contents")
                                    ? Optional.of(new Sha256(text(json, "contents")))
                                    : Optional.empty()),
                    BackendUrl.parse(text(json, "backend")),
                    number(json, "size"),
                    text(json, "recipient"),
                    Instant.parse(text(json, "created")),
                    (int) number(json, "files"),
                    OutboxTask.Phase.valueOf(text(json, "phase")),
                    json.hasNonNull("carrier") ? Optional.of(carrier(json.get("carrier"))) : Optional.empty(),
                    acceptances,
                    (int) number(json, "attempts"),
                    history);
        } catch (IllegalArgumentException | DateTimeException | JsonProcessingException e) {
            throw new DamagedException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new DamagedException("unreadable", e);
        }
    }

    private static ObjectNode carrier(Carrier carrier) {
        ObjectNode json = JSON.createObjectNode();
        return switch (carrier) {
            case Carrier.Direct direct -> json.put("direct", direct.backend().toString());
            // What comes by hand ends a task or leaves it as it was.
            case Carrier.Hand hand -> throw new IllegalStateException("no task waits for " + hand);
            case Carrier.Relay relay -> {
                json.put("node", relay.node().toString())
                        .put("alias", relay.alias().toString());
                yield relay.zone().equals(LinkZone.NONE)
                        ? json
                        : json.put("zone", relay.zone().name());
            }
        };
    }

    private static Carrier carrier(JsonNode json) {
        return json.hasNonNull("direct")
                ? new Carrier.Direct(BackendUrl.parse(text(json, "direct")))
                : new Carrier.Relay(
                        NodeId.parse(text(json, "node")),
                        AliasUrl.parse(text(json, "alias")),
                        json.hasNonNull("zone") ? new LinkZone(text(json, "zone")) : LinkZone.NONE);
    }

    private static String text(JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null || !value.isTextual()) {
            throw new IllegalArgumentException("no text " + name);
        }
        return value.asText();
    }

    private static long number(JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null || !value.isIntegralNumber() || value.asLong() < 0) {
            throw new IllegalArgumentException("no number " + name);
        }
        return value.asLong();
    }
}
