package waybill.relay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * Those who wait for the outcome of a delivery ({@code Prefer: wait}, section 3), so many at most. Safe for use by several
 * threads.
 */
final class Waiters {
    private record Parcel(TaskId id, Sha256 sha256) {}

    private final int most;
    private final Map<Parcel, List<Place>> places = new HashMap<>();
    private int taken;
    private boolean closed;

    /** At most so many wait at once; further ones are not kept waiting. */
    Waiters(int most) {
        this.most = most;
    }

    /** A place to wait in. Taken before the state is looked at, so that no news falls between. */
    final class Place implements AutoCloseable {
        private final Parcel parcel;
        private final CountDownLatch news;

        private Place(Parcel parcel, CountDownLatch news) {
            this.parcel = parcel;
            this.news = news;
        }

        /**
         * Waits until there is news or the time is over; not at all where no place was left.
         *
         * @return whether it was not the time that ended it
         */
        boolean await(Duration hold) throws InterruptedException {
            return news.await(hold.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public void close() {
            leave(this);
        }
    }

    /** Takes a place. */
    synchronized Place join(TaskId id, Sha256 sha256) {
        Parcel parcel = new Parcel(id, sha256);
        if (closed || taken >= most) {
            return new Place(parcel, new CountDownLatch(0));
        }
        Place place = new Place(parcel, new CountDownLatch(1));
        places.computeIfAbsent(parcel, p -> new ArrayList<>()).add(place);
        taken++;
        return place;
    }

    /** There is news of this delivery. */
    synchronized void wake(DeliveryKey key) {
        for (Place place : places.getOrDefault(new Parcel(key.id(), key.sha256()), List.of())) {
            place.news.countDown();
        }
    }

    /** Lets all go, and keeps nobody waiting from now on. */
    synchronized void close() {
        closed = true;
        places.values().forEach(list -> list.forEach(place -> place.news.countDown()));
    }

    /** How many wait. */
    synchronized int waiting() {
        return taken;
    }

    private synchronized void leave(Place place) {
        List<Place> list = places.get(place.parcel);
        if (list != null && list.remove(place)) {
            taken--;
            if (list.isEmpty()) {
                places.remove(place.parcel);
            }
        }
    }
}
