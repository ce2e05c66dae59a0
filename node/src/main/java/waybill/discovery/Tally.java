package waybill.discovery;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import waybill.protocol.PacketFault;

/**
 * How many packets were dropped, by kind: nothing a peer sends is logged line by line, but all of it is counted. Safe for
 * use by several threads.
 */
public final class Tally {
    /** Why a packet that could be read, or did not have to be, went no further. */
    public enum Reason {
        /** From an address that is no neighbour's, or from a port that cannot be answered. */
        NOT_A_NEIGHBOUR,
        /** Its source, or all sources together, sent too much. */
        OVER_RATE,
        /** No room to remember another round, or more answers than one round takes. */
        NO_ROOM,
        /** A kind of packet that has no meaning here. */
        OTHER_TYPE,
        /** A {@code located} or a {@code response} that belongs to no round here. */
        OTHER_ROUND,
        /** An alias URL at another address than its sender's. */
        ALIAS_ELSEWHERE,
        /** An alias URL without TLS, which is not allowed here. */
        PLAIN_ALIAS,
        /** More hops than were asked for. */
        TOO_MANY_HOPS,
        /** Another node than the one that the operator named for that address. */
        WRONG_NODE,
        /** An answer that was heard before. */
        DUPLICATE,
        /** An answer of our own that would be larger than its request. */
        LARGER_THAN_REQUEST,
        /** An answer of our own that could not be made or sent. */
        NOT_SENT,
        /** A fault inside, which is logged. */
        FAULT
    }

    // Filled once and never changed in shape, so that they need no lock.
    private final Map<Reason, LongAdder> reasons = new EnumMap<>(Reason.class);
    private final Map<PacketFault.Kind, LongAdder> faults = new EnumMap<>(PacketFault.Kind.class);

    Tally() {
        for (Reason reason : Reason.values()) {
            reasons.put(reason, new LongAdder());
        }
        for (PacketFault.Kind fault : PacketFault.Kind.values()) {
            faults.put(fault, new LongAdder());
        }
    }

    void count(Reason reason) {
        counter(reasons, reason).increment();
    }

    void count(PacketFault.Kind fault) {
        counter(faults, fault).increment();
    }

    /** How many were dropped for this reason. */
    public long of(Reason reason) {
        return counter(reasons, reason).sum();
    }

    /** How many were dropped because they could not be read. */
    public long of(PacketFault.Kind fault) {
        return counter(faults, fault).sum();
    }

    /** All that is not 0, by name in lower case. */
    public Map<String, Long> byName() {
        Map<String, Long> all = new TreeMap<>();
        for (Reason reason : Reason.values()) {
            all.put(name(reason), of(reason));
        }
        for (PacketFault.Kind fault : PacketFault.Kind.values()) {
            all.put(name(fault), of(fault));
        }
        all.values().removeIf(count -> count == 0);
        return all;
    }

    @Override
    public String toString() {
        return byName().toString();
    }

    private static <K> LongAdder counter(Map<K, LongAdder> counters, K key) {
        return Objects.requireNonNull(counters.get(key));
    }

    private static String name(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
