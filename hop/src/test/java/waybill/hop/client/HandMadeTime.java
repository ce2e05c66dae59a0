package waybill.hop.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;

/** Time that passes only in pauses, and at once. */
final class HandMadeTime implements Perseverance.Time {
    /** Every pause so far. */
    final List<Duration> pauses = new CopyOnWriteArrayList<>();

    /** Hears of the how many-th pause, in place of waiting for its end. */
    volatile IntConsumer onPause = _ -> {};

    @Override
    public long nanos() {
        return passed().toNanos();
    }

    @Override
    public void sleep(Duration time) {
        pauses.add(time);
        onPause.accept(pauses.size());
    }

    Duration passed() {
        return pauses.stream().reduce(Duration.ZERO, Duration::plus);
    }
}
