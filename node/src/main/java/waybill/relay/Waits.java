package waybill.relay;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import waybill.protocol.DeliveryKey;

/** Which deliveries wait, and until when. For one thread at a time. */
final class Waits {
    /** Both clocks at one moment: the one people set, and one that is never set and may stop while the machine sleeps. */
    record Moment(Instant wall, long ticks) {}

    /**
     * The end of a wait by each clock, whichever comes first: a wall clock that is put back makes it no longer, and a machine
     * that slept has waited.
     */
    record Wait(Instant until, long ticks) {
        /** So long from this moment on. */
        static Wait from(Moment now, Duration time) {
            return new Wait(now.wall().plus(time), now.ticks() + time.toNanos());
        }

        boolean isOver(Moment now) {
            return !left(now).isPositive();
        }

        /** When it ends, as the wall clock goes now; not in the future if it is over. */
        Instant end(Moment now) {
            return now.wall().plus(left(now));
        }

        private Duration left(Moment now) {
            Duration steady = Duration.ofNanos(ticks - now.ticks());
            Duration wall = Duration.between(now.wall(), until);
            return steady.compareTo(wall) < 0 ? steady : wall;
        }
    }

    private final Map<DeliveryKey, Wait> waits = new LinkedHashMap<>();

    void put(DeliveryKey key, Wait wait) {
        waits.put(key, wait);
    }

    void remove(DeliveryKey key) {
        waits.remove(key);
    }

    int size() {
        return waits.size();
    }

    Optional<Wait> of(DeliveryKey key) {
        return Optional.ofNullable(waits.get(key));
    }

    /** Those that wait no longer, so many at most. */
    List<DeliveryKey> over(Moment now, Set<DeliveryKey> except, int most) {
        return waits.entrySet().stream()
                .filter(one -> one.getValue().isOver(now) && !except.contains(one.getKey()))
                .map(Map.Entry::getKey)
                .limit(most)
                .toList();
    }

    /** Takes all of these over. */
    void takeAll(Waits others) {
        waits.putAll(others.waits);
        others.waits.clear();
    }
}
