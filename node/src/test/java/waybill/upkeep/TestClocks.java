package waybill.upkeep;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import waybill.requester.Clocks;

/** Two clocks that go on only where somebody waits. */
final class TestClocks implements Clocks {
    private Instant now;
    private long ticks;
    /** How long somebody waited, one after the other. */
    final List<Duration> pauses = new ArrayList<>();
    /** Called in the middle of each wait. */
    Runnable meanwhile = () -> {};

    TestClocks(Instant now) {
        this.now = now;
    }

    /** Sets the wall clock, and it alone. */
    void jump(Duration by) {
        now = now.plus(by);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long ticks() {
        return ticks;
    }

    @Override
    public void pause(Duration time) {
        pauses.add(time);
        now = now.plus(time);
        ticks += time.toNanos();
        meanwhile.run();
    }

    /** All that was waited. */
    Duration waited() {
        return pauses.stream().reduce(Duration.ZERO, Duration::plus);
    }
}
