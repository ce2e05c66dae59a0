package waybill.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class OriginTurnTest {
    private static final long LARGE = 1L << 30;

    private static long seconds(double count) {
        return (long) (count * Duration.ofSeconds(1).toNanos());
    }

    @Test
    void whereNoNeighbourWorksItIsTheOriginsTurnAtOnce() {
        OriginTurn turn = new OriginTurn(LARGE);
        assertThat(turn.hasCome(seconds(0))).isTrue();
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
    void whoDripsUsesTheWaitUp() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.neighbourBegan(seconds(0));
        turn.neighbourGave(seconds(25));
        assertThat(turn.hasCome(seconds(40))).as("20 of 30 seconds were used").isFalse();
        assertThat(turn.hasCome(seconds(40.1))).isTrue();
        turn.neighbourGave(seconds(40.1));
        assertThat(turn.hasCome(seconds(45.2))).as("nothing is left to wait").isTrue();
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
        idle.neighbourGave(seconds(2));
        idle.neighboursGone();
        assertThat(idle.hasCome(seconds(3))).isTrue();
    }

    @Test
    void itsTurnIsOverWhileANeighbourGives() {
        OriginTurn turn = new OriginTurn(LARGE);
        turn.neighbourBegan(seconds(0));
        assertThat(turn.isOver(seconds(1))).as("nobody gave anything yet").isFalse();
        turn.neighbourGave(seconds(50));
        assertThat(turn.isOver(seconds(55))).isTrue();
        assertThat(turn.isOver(seconds(55.1))).isFalse();
    }
}
