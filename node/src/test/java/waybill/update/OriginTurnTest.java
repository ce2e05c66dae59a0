package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class OriginTurnTest {
    private static final long LARGE = 1L << 30;
    /** What the slowest neighbour who is waited for gives in 16 seconds. */
    private static final long PIECE = 1 << 20;

    private static long seconds(double count) {
        return (long) (count * Duration.ofSeconds(1).toNanos());
    }

    @Test
    void whereNoNeighbourWorksItIsTheOriginsTurnAtOnce() {
        OriginTurn turn = new OriginTurn(LARGE);
        assertThat(turn.hasCome(seconds(0))).isTrue();
        assertThat(turn.isOverdue(seconds(100))).isFalse();
        assertThat(turn.isOver(seconds(0))).isFalse();
    }

    @Test
    void neighboursWhoStallAreWaitedForTheLongerTheMoreIsAtStake() {
        OriginTurn large = new OriginTurn(LARGE);
        large.neighbourBegan(seconds(10));
        assertThat(large.hasCome(seconds(45))).isFalse();
        assertThat(large.hasCome(seconds(45.1))).isTrue();

        OriginTurn small = new OriginTurn(1_000_000);
        small.neighbourBegan(seconds(10));
        assertThat(small.hasCome(seconds(15))).isFalse();
        assertThat(small.hasCome(seconds(15.1))).isTrue();
    }

    @Test
    void whoLagsBehindUsesTheWaitUp() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.neighbourBegan(seconds(0));
        turn.neighbourGave(seconds(26), PIECE);
        assertThat(turn.hasCome(seconds(51))).as("10 of 35 seconds were used").isFalse();
        assertThat(turn.hasCome(seconds(51.1))).isTrue();
        turn.neighbourGave(seconds(60), PIECE);
        assertThat(turn.hasCome(seconds(67.1))).isTrue();
    }

    @Test
    void whoGetsOnWithItEarnsNoMoreThanTheWholeWait() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.neighbourBegan(seconds(0));
        for (int i = 1; i <= 100; i++) {
            turn.neighbourGave(seconds(i), PIECE);
        }
        assertThat(turn.hasCome(seconds(135))).isFalse();
        assertThat(turn.hasCome(seconds(135.1))).isTrue();
    }

    @Test
    void anotherNeighbourWhoBeginsGivesNoTimeBack() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.neighbourBegan(seconds(0));
        turn.neighbourBegan(seconds(30));
        assertThat(turn.hasCome(seconds(35.1))).isTrue();
    }

    @Test
    void whoIsGoneIsNotWaitedForUnlessHeSeemedOnlyToBeBusy() {
        OriginTurn gone = new OriginTurn(LARGE);
        gone.neighbourBegan(seconds(0));
        gone.neighboursGone();
        assertThat(gone.hasCome(seconds(1))).isTrue();

        OriginTurn busy = new OriginTurn(LARGE);
        busy.neighbourBegan(seconds(0));
        busy.neighbourWasBusy();
        busy.neighboursGone();
        assertThat(busy.hasCome(seconds(35))).isFalse();
        assertThat(busy.hasCome(seconds(35.1))).isTrue();

        OriginTurn idle = new OriginTurn(LARGE);
        idle.neighbourBegan(seconds(0));
        idle.neighbourWasBusy();
        idle.neighbourGave(seconds(2), PIECE);
        idle.neighboursGone();
        assertThat(idle.hasCome(seconds(3))).isTrue();
    }

    @Test
    void itsTurnIsOverWhileANeighbourGives() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.neighbourBegan(seconds(0));
        assertThat(turn.isOver(seconds(1))).as("nobody gave anything yet").isFalse();
        turn.neighbourGave(seconds(10), PIECE);
        assertThat(turn.isOver(seconds(15))).isTrue();
        assertThat(turn.isOver(seconds(15.1))).isFalse();
    }

    @Test
    void aRunningOriginIsNotHeldOffForLongByOneWhoIsMuchSlower() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.originBegan(seconds(0));
        for (int i = 1; i <= 40; i++) {
            turn.originGave(seconds(i / 4.0), PIECE); // 4 MiB a second
        }
        turn.neighbourBegan(seconds(10));
        int pieces = 0;
        double now = 10;
        do {
            now += 4.9;
            turn.neighbourGave(seconds(now), PIECE);
            pieces++;
        } while (turn.isOver(seconds(now + 4)) && pieces < 1000);
        assertThat(pieces).isLessThan(10);
        turn.neighbourGave(seconds(now + 4.9), PIECE);
        assertThat(turn.isOver(seconds(now + 8.9))).as("nor from then on").isFalse();
    }
}
