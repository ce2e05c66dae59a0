package waybill.discovery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import waybill.protocol.AliasUrl;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * The rounds a relay has lately heard of, and where it stands in each: it waits, and then either answers, once, or falls
 * silent because the requester has located a relay (section 2; claims 1, 9 and 21).
 *
 * <pre>
 *   heard    --> Waiting
 *   Waiting  --> Answered   its delay is over
 *   Waiting  --> Silenced   a located opens the round's commitment
 *   any      --> forgotten  after {@link #MEMORY_SECONDS}
 * </pre>
 *
 * <p>Repeats of a request change nothing. The table is bounded; a round for which there is no room is not answered. Time is
 * given with each call, in nanoseconds of one monotonic clock. For one thread.
 *
 * @param <T> what an answer needs
 */
final class Rounds<T> {
    /** How long a round is remembered: longer than a requester repeats it or listens. */
    static final long MEMORY_SECONDS = 10;

    private static final long MEMORY = TimeUnit.SECONDS.toNanos(MEMORY_SECONDS);

    /** A round's name: another secret makes another round of the same task. */
    record Key(TaskId id, Sha256 commit) {}

    private sealed interface State<T> {
        record Waiting<T>(T what) implements State<T> {}

        record Answered<T>() implements State<T> {}

        record Silenced<T>() implements State<T> {}
    }

    /** What {@link #heard} made of a request. */
    enum Heard {
        /** A new round: it is to be answered when its delay is over. */
        NEW,
        /** A repeat. */
        KNOWN,
        /** The table is full. */
        NO_ROOM
    }

    private record Entry<T>(long since, State<T> state) {}

    private record Due(long at, Key key) {}

    private final int capacity;
    private final RandomGenerator random;
    private final Crowd crowd;
    private final Map<Key, Entry<T>> rounds = new LinkedHashMap<>();
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::at));

    /**
     * An empty table.
     *
     * @param capacity rounds remembered at once
     * @param crowd learns from requests and from what is located, and says for how many a delay is drawn
     */
    Rounds(int capacity, RandomGenerator random, Crowd crowd) {
        this.capacity = capacity;
        this.random = random;
        this.crowd = crowd;
    }

    /** Whether the round is remembered, in whatever state. */
    boolean knows(Key key) {
        return rounds.containsKey(key);
    }

    /**
     * A request was heard: it is answered after a random delay, unless it falls silent before.
     *
     * @param relays how many the requester says it saw lately
     * @param what is given back when the answer is due
     */
    Heard heard(Key key, int relays, T what, long now) {
        return heard(key, relays, new Turn.ByLot(), what, now);
    }

    /** As above, when it is this relay's turn. */
    Heard heard(Key key, int relays, Turn turn, T what, long now) {
        forget(now);
        if (rounds.containsKey(key)) {
            return Heard.KNOWN;
        }
        if (rounds.size() >= capacity) {
            return Heard.NO_ROOM;
        }
        crowd.said(relays, now);
        long due = now + turn.delay(crowd.estimate(now), random);
        rounds.put(key, new Entry<>(now, new State.Waiting<>(what)));
        queue.add(new Due(due, key));
        return Heard.NEW;
    }

    /**
     * A {@code located} was heard. That its secret's digest names a round is that it opens the round's commitment.
     *
     * @return whether it opens a round known here
     */
    boolean located(Packet.Located located, long now) {
        forget(now);
        Key key = new Key(located.id(), located.secret().commit());
        Entry<T> entry = rounds.get(key);
        if (entry == null) {
            return false;
        }
        crowd.chosen(located.alias(), now);
        switch (entry.state()) {
            case State.Waiting<T> waiting -> rounds.put(key, new Entry<>(entry.since(), new State.Silenced<>()));
            case State.Answered<T> answered -> {}
            case State.Silenced<T> silenced -> {}
        }
        return true;
    }

    /** Takes those that are to be answered now; each is given once. */
    List<T> due(long now) {
        List<T> due = new ArrayList<>();
        while (!queue.isEmpty() && queue.element().at() - now <= 0) {
            Key key = queue.remove().key();
            Entry<T> entry = rounds.get(key);
            if (entry != null && entry.state() instanceof State.Waiting<T>(T what)) {
                due.add(what);
                rounds.put(key, new Entry<>(entry.since(), new State.Answered<>()));
            }
        }
        forget(now);
        return due;
    }

    /** This relay answered, with this alias URL. */
    void answered(AliasUrl alias) {
        crowd.self(alias);
    }

    /** When {@link #due} may next have something to give; may be early. */
    OptionalLong next() {
        return queue.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(queue.element().at());
    }

    int size() {
        return rounds.size();
    }

    /** The map keeps the order in which rounds were first heard, so the oldest come first. */
    private void forget(long now) {
        var oldest = rounds.values().iterator();
        while (oldest.hasNext() && now - oldest.next().since() > MEMORY) {
            oldest.remove();
        }
    }
}
