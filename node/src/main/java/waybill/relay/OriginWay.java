package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import waybill.hop.HopClient;
import waybill.hop.OriginClient;
import waybill.hop.Validators;
import waybill.origin.Courier;
import waybill.origin.Couriers;
import waybill.origin.Origin;
import waybill.protocol.OriginPath;
import waybill.protocol.Sha256;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Pass;

/**
 * A relay's way to the origins that its operator named: straight, over the line with its windows, rate and budgets. Safe for
 * use by several threads.
 */
final class OriginWay implements Couriers {
    /** The most time that one copy may take. */
    static final Duration PATIENCE = Duration.ofHours(6);
    /** Who could not be reached is left alone for so long. */
    static final Duration REST = Duration.ofSeconds(10);

    private final Map<Sha256, Origin> origins;
    private final OriginClient uplink;
    private final Line line;
    private final MeasuredRate measured;
    private final LongSupplier nanos;
    private final Map<Sha256, Long> unreachable = new ConcurrentHashMap<>();

    OriginWay(List<Origin> origins, OriginClient uplink, Line line, MeasuredRate measured, LongSupplier nanos) {
        this.origins = origins.stream().collect(Collectors.toUnmodifiableMap(Origin::key, Function.identity()));
        this.uplink = uplink;
        this.line = line;
        this.measured = measured;
        this.nanos = nanos;
    }

    /** The origin of this digest, if it was named. */
    Optional<Origin> find(Sha256 key) {
        return Optional.ofNullable(origins.get(key));
    }

    /** Whether copies of this origin can be had here, as far as is known; never waits. */
    boolean offers(Sha256 key) {
        return origins.containsKey(key) && !rests(key);
    }

    private boolean rests(Sha256 key) {
        Long at = unreachable.get(key);
        return at != null && nanos.getAsLong() - at < REST.toNanos();
    }

    @Override
    public List<Courier> to(Origin origin) {
        return rests(origin.key()) ? List.of() : List.of(new Straight(origin));
    }

    private Pass admitted(long size) throws IOException {
        if (!line.limited()) {
            return line.bypass();
        }
        return line.admit(size, measured.bytesPerSecond())
                .orElseThrow(() -> new ClosedException("the line may not carry it now"));
    }

    /** The line's limits end it: a broken way, and no fault of the disk's. */
    private static final class ClosedException extends IOException {
        ClosedException(String message) {
            super(message);
        }
    }

    private final class Straight implements Courier {
        private final Origin origin;

        Straight(Origin origin) {
            this.origin = origin;
        }

        @Override
        public OriginClient.Answer copy(OriginPath path, Validators known, String agent, OriginClient.Sink sink)
                throws IOException {
            // A question is small; how large the answer is, it says itself.
            try (Pass asking = admitted(0);
                    Paced paced = new Paced(sink)) {
                return uplink.copy(origin.peer(), "/" + path.encoded(), known, agent, paced, asking.atMost(PATIENCE));
            } catch (HopClient.UnreachableException e) {
                unreachable.put(origin.key(), nanos.getAsLong());
                throw e;
            } catch (HopClient.SinkException e) {
                if (e.reason() instanceof ClosedException closed) {
                    throw new IOException(closed.getMessage(), e);
                }
                throw e;
            }
        }

        @Override
        public boolean isOrigin() {
            return true;
        }

        @Override
        public String toString() {
            return origin.url().toString();
        }
    }

    /** Takes a copy no faster and no longer than the line may carry it. */
    private final class Paced implements OriginClient.Sink, AutoCloseable {
        private final OriginClient.Sink sink;
        private Optional<Pass> pass = Optional.empty();

        Paced(OriginClient.Sink sink) {
            this.sink = sink;
        }

        @Override
        public void begin(OriginClient.Head head) throws IOException {
            pass = Optional.of(admitted(head.size()));
            sink.begin(head);
        }

        @Override
        public void take(byte[] bytes, int offset, int length) throws IOException {
            sink.take(bytes, offset, length);
            Pass held = pass.orElseThrow();
            if (held.over()) {
                throw new ClosedException("the line's window is over");
            }
            try {
                held.took(length);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the line was to rest", e);
            }
        }

        @Override
        public void close() {
            pass.ifPresent(Pass::close);
        }
    }
}
