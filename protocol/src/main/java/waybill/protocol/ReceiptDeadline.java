package waybill.protocol;

import java.math.BigInteger;
import java.time.Duration;

/**
 * The maximum wait for a receipt (claims 1, 9, 21; section 6), from how often the relay uploads, how large the file is and
 * how fast the way is:
 *
 * <pre>maximum wait = wait + interval + (backlog + size) / rate + allowance x (hops + 1)</pre>
 *
 * <p>Pure functions, exact in whole seconds rounded up; no value of their ranges overflows.
 */
public final class ReceiptDeadline {
    private ReceiptDeadline() {}

    /**
     * What a requester grants and believes. Immutable.
     *
     * @param floor the slowest rate believed, in bytes per second, at least 1
     * @param ceiling the fastest rate believed, in bytes per second
     * @param allowance for each leg of the way, above zero
     * @param cap the longest wait a relay is chosen for
     */
    public record Clamp(long floor, long ceiling, Duration allowance, Duration cap) {
        /** 16 KiB/s to 1 GiB/s, 10 seconds a leg, at most a day. */
        public static final Clamp DEFAULT =
                new Clamp(16L << 10, 1L << 30, Duration.ofSeconds(10), Duration.ofHours(24));

        /** @throws IllegalArgumentException if a value is out of its range */
        public Clamp {
            if (floor < 1 || ceiling < floor || ceiling > Promise.MAX_BYTES) {
                throw new IllegalArgumentException("rates are from 1 up, the floor not above the ceiling");
            }
            if (!allowance.isPositive() || allowance.compareTo(Duration.ofSeconds(Promise.MAX_SECONDS)) > 0) {
                throw new IllegalArgumentException("an allowance is above zero and at most 400 days");
            }
            if (!cap.isPositive() || cap.compareTo(Duration.ofSeconds(Promise.MAX_SECONDS)) > 0) {
                throw new IllegalArgumentException("a cap is above zero and at most 400 days");
            }
        }

        long believed(long rate) {
            return Math.clamp(rate, floor, ceiling);
        }
    }

    /**
     * A maximum wait and what it is made of, for {@code send -v}.
     *
     * @param untilRun {@code wait} of the promise: until the next upload
     * @param interval the period of the uploads
     * @param transfer the backlog and the parcel at the believed rate
     * @param allowance of all legs
     */
    public record Wait(Duration untilRun, Duration interval, Duration transfer, Duration allowance) {
        /** The maximum wait. */
        public Duration total() {
            return untilRun.plus(interval).plus(transfer).plus(allowance);
        }

        /** Whether a relay with this wait may be chosen. */
        public boolean within(Clamp clamp) {
            return total().compareTo(clamp.cap()) <= 0;
        }
    }

    /**
     * The maximum wait after acceptance.
     *
     * @param size bytes of the parcel, 0 or more
     */
    public static Wait maximumWait(Promise promise, long size, Clamp clamp) {
        return new Wait(
                Duration.ofSeconds(promise.untilRun()),
                Duration.ofSeconds(promise.interval()),
                seconds(add(promise.backlog(), size), clamp.believed(promise.rate())),
                clamp.allowance().multipliedBy(promise.hops() + 1L));
    }

    /** The most time the forwarding itself may take, before anything is accepted: size / floor + allowance. */
    public static Duration beforeAcceptance(long size, Clamp clamp) {
        return seconds(size, clamp.floor()).plus(clamp.allowance());
    }

    /**
     * What several relays one after the other promise together: wait, interval, backlog, 1/rate and hops add up, each sum
     * ending at the largest value that can be said. The rate is rounded down: what waits a little longer blames nobody.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Promise sum(Promise... way) {
        if (way.length == 0) {
            throw new IllegalArgumentException("no promise to add up");
        }
        long interval = 0;
        long untilRun = 0;
        long backlog = 0;
        int hops = 0;
        // 1/rate adds up exactly, as a fraction of whole numbers.
        BigInteger over = BigInteger.ZERO;
        BigInteger under = BigInteger.ONE;
        for (Promise promise : way) {
            interval = Math.min(Promise.MAX_SECONDS, interval + promise.interval());
            untilRun = Math.min(Promise.MAX_SECONDS, untilRun + promise.untilRun());
            backlog = Math.min(Promise.MAX_BYTES, backlog + promise.backlog());
            hops = Math.min(Promise.MAX_HOPS, hops + promise.hops());
            BigInteger rate = BigInteger.valueOf(promise.rate());
            over = over.multiply(rate).add(under);
            under = under.multiply(rate);
        }
        long rate = Math.max(1, under.divide(over).longValueExact());
        return new Promise(interval, untilRun, backlog, rate, hops);
    }

    private static Duration seconds(long bytes, long rate) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is not negative");
        }
        return Duration.ofSeconds(Math.ceilDiv(bytes, rate));
    }

    private static long add(long a, long b) {
        long sum = a + b;
        return sum < 0 && b >= 0 ? Long.MAX_VALUE : sum;
    }
}
