package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;

final class TurnTest {
    private static final String FILE = "https://backend.example/inbox/files/daily.cvd";

    @Test
    void whoHoldsItAnswersBeforeAllWhoWouldHaveToFetchIt() {
        Random random = new Random(1);
        for (int relays : new int[] {1, 2, 1000, 10_000}) {
            for (int i = 0; i < 1000; i++) {
                assertThat(new Turn.Soon().delay(relays, random))
                        .isBetween(0L, TimeUnit.MILLISECONDS.toNanos(AnswerDelay.WINDOW_MILLIS / 4));
                assertThat(Turn.Elected.of(node(i), FILE).delay(relays, random))
                        .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(AnswerDelay.WINDOW_MILLIS / 4));
            }
        }
    }

    @Test
    void whoCannotTellWhetherThereIsAYoungerOneAnswersAfterAllWhoCan() {
        Random random = new Random(1);
        for (int relays : new int[] {1, 2, 1000, 10_000}) {
            for (int i = 0; i < 1000; i++) {
                assertThat(new Turn.Last().delay(relays, random))
                        .isGreaterThan(new Turn.Elected(1).delay(relays, random))
                        .as("and while it is still listened for them")
                        .isLessThan(TimeUnit.MILLISECONDS.toNanos(1000));
            }
        }
    }

    @Test
    void theSameRelayComesFirstWhoeverAsksAndAnotherForAnotherFile() {
        List<Integer> first = new ArrayList<>();
        for (int file = 0; file < 300; file++) {
            String href = FILE + file;
            Comparator<Integer> byDelay =
                    Comparator.comparing(i -> Turn.Elected.of(node(i), href).delay(1000, new Random()));
            Comparator<Integer> byPlace =
                    Comparator.comparing(i -> Turn.Elected.of(node(i), href).place());
            List<Integer> relays = List.of(0, 1, 2);
            assertThat(relays.stream().sorted(byDelay).toList())
                    .isEqualTo(relays.stream().sorted(byPlace).toList());
            first.add(relays.stream().min(byDelay).orElseThrow());
        }
        for (int relay = 0; relay < 3; relay++) {
            int one = relay;
            assertThat(first.stream().filter(i -> i == one).count())
                    .as("each has its part of the work")
                    .isBetween(60L, 140L);
        }
    }

    @Test
    void aPlaceLiesBetweenNoughtAndOne() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(Turn.Elected.of(node(i), FILE).place()).isBetween(0.0, 1.0);
        }
    }

    private static NodeId node(int number) {
        return new NodeId(Sha256.of(new byte[] {(byte) number, (byte) (number >> 8)}));
    }
}
