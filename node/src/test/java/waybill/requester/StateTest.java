package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.State.Event;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.Signed;
import waybill.trust.NodeIdentity;

/** The transition table: every state with every event. */
class StateTest {
    private static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000000");
    private static final Carrier CARRIER = Carrier.Relay.of(Stage.offer("relay", Stage.PROMISE, true));
    private static final OutboxTask.Acceptance ACCEPTANCE = new OutboxTask.Acceptance(
            CARRIER, Stage.PROMISE, Instant.EPOCH, Duration.ofSeconds(86), OutboxTask.Standing.WAITING);
    private static final Decision EXPIRED = new Decision.Expired(ID, Decision.Reason.ALL_LATE, true, "");
    private static final Decision REFUSED =
            new Decision.Refused(ID, Optional.empty(), Optional.empty(), Optional.empty(), "");

    @TestFactory
    Stream<DynamicTest> table(@TempDir Path directory) throws Exception {
        X509Certificate signer =
                NodeIdentity.load(directory, InstantSource.fixed(Instant.EPOCH)).certificate();
        Packet.Receipt receipt = new Packet.Receipt(
                ID, Stage.BACKEND, 1, Sha256.of(new byte[0]), Optional.empty(), false, Optional.empty(), Instant.EPOCH);
        Decision delivered = new Decision.Delivered(
                ID, directory, Optional.of(directory), new Signed<>(receipt, signer, ""), CARRIER);

        Map<String, Event> events = new LinkedHashMap<>();
        events.put("chosen", new Event.Chosen(CARRIER));
        events.put("accepted", new Event.Accepted(ACCEPTANCE));
        events.put("turned away", new Event.TurnedAway());
        events.put("let down", new Event.LetDown());
        events.put("delivered", new Event.Decided(delivered));
        events.put("refused", new Event.Decided(REFUSED));
        events.put("expired", new Event.Decided(EXPIRED));
        Decision unproven = new Decision.Unproven(ID, directory, Optional.empty());
        events.put("unproven", new Event.Decided(unproven));
        Map<String, State> states = new LinkedHashMap<>();
        states.put("Seeking", new State.Seeking());
        states.put("Forwarding", new State.Forwarding(CARRIER));
        states.put("Awaiting", new State.Awaiting(ACCEPTANCE));
        states.put("Delivered", delivered);
        states.put("Refused", REFUSED);
        states.put("Expired", EXPIRED);
        states.put("Unproven", unproven);

        Map<String, String> table = new LinkedHashMap<>(Map.of(
                "Seeking + chosen", "Forwarding",
                "Seeking + delivered", "Delivered",
                "Seeking + refused", "Refused",
                "Seeking + expired", "Expired",
                "Forwarding + accepted", "Awaiting",
                "Forwarding + turned away", "Seeking",
                "Forwarding + delivered", "Delivered",
                "Forwarding + refused", "Refused",
                "Awaiting + let down", "Seeking",
                "Awaiting + delivered", "Delivered"));
        table.put("Awaiting + refused", "Refused");
        for (String open : List.of("Seeking", "Forwarding", "Awaiting")) {
            table.put(open + " + unproven", "Unproven");
        }
        return states.entrySet().stream()
                .flatMap(state -> events.entrySet().stream().map(event -> {
                    String row = state.getKey() + " + " + event.getKey();
                    String next = table.getOrDefault(row, "");
                    return DynamicTest.dynamicTest(row + " -> " + (next.isEmpty() ? "impossible" : next), () -> {
                        if (next.isEmpty()) {
                            assertThatThrownBy(() -> State.next(state.getValue(), event.getValue()))
                                    .isInstanceOf(IllegalStateException.class);
                        } else {
                            assertThat(State.next(state.getValue(), event.getValue()))
                                    .isEqualTo(states.get(next));
                        }
                    });
                }));
    }
}
