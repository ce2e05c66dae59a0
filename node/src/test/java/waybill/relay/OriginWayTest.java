package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.GivenFile;
import waybill.hop.HopClient;
import waybill.hop.OriginClient;
import waybill.hop.Peer;
import waybill.hop.Validators;
import waybill.origin.Courier;
import waybill.origin.Origin;
import waybill.protocol.BackendUrl;
import waybill.protocol.OriginPath;
import waybill.protocol.SharedOrigin;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Windows;

/** A relay asks origins that its operator named, and as its line allows. It is Sunday, noon. */
final class OriginWayTest {
    private static final BackendUrl URL = BackendUrl.parse("http://origin.example/debian");
    private static final Origin ORIGIN =
            new Origin("debian", URL, new Peer(URL.uri(), new Peer.Identity.Plain(), Optional.empty()));
    private static final int SIZE = 2 << 20;

    @TempDir
    Path dir;

    private final FakeClock clock = new FakeClock();
    private final AtomicLong nanos = new AtomicLong();
    private final List<String> asked = new ArrayList<>();
    private final List<Long> taken = new ArrayList<>();
    private Optional<IOException> trouble = Optional.empty();

    private OriginWay way(LineLimits limits) throws IOException {
        return new OriginWay(
                List.of(ORIGIN),
                this::answer,
                Line.open(limits, dir.resolve("usage"), clock),
                new MeasuredRate(1 << 20),
                nanos::get);
    }

    /** Gives two MiB, as {@link waybill.hop.client.HttpHopClient} does. */
    private OriginClient.Answer answer(
            Peer peer, String path, Validators known, String agent, OriginClient.Sink sink, Duration limit)
            throws IOException {
        asked.add(peer.base() + path + " " + agent);
        if (trouble.isPresent()) {
            throw trouble.get();
        }
        try {
            sink.begin(new OriginClient.Head(SIZE, Validators.NONE, GivenFile.BYTES));
            for (int i = 0; i < SIZE; i += 1024) {
                sink.take(new byte[1024], 0, 1024);
            }
        } catch (IOException e) {
            throw new HopClient.SinkException(e);
        }
        return new OriginClient.Answer.Whole();
    }

    private OriginClient.Answer copy(OriginWay way) throws IOException {
        Courier courier = way.to(ORIGIN).getFirst();
        return courier.copy(new OriginPath("pool/g++.deb"), Validators.NONE, "apt", new OriginClient.Sink() {
            @Override
            public void begin(OriginClient.Head head) {
                taken.add(0L);
            }

            @Override
            public void take(byte[] bytes, int offset, int length) {
                taken.set(0, taken.getFirst() + length);
            }
        });
    }

    @Test
    void whatIsBelowItsUrlIsAskedForAndNothingElse() throws IOException {
        OriginWay way = way(LineLimits.unlimited());
        assertThat(copy(way)).isEqualTo(new OriginClient.Answer.Whole());
        assertThat(asked).containsExactly("http://origin.example/debian/pool/g%2b%2b.deb apt");
        assertThat(taken).containsExactly((long) SIZE);
        assertThat(way.find(ORIGIN.key())).contains(ORIGIN);
        assertThat(way.find(SharedOrigin.keyOf(BackendUrl.parse("http://origin.example/other"))))
                .isEmpty();
    }

    @Test
    void outsideOfItsWindowNobodyIsAsked() throws IOException {
        OriginWay way = way(new LineLimits(
                Windows.of(List.of("Sun 14:00-16:00"), ZoneOffset.UTC),
                LineLimits.NONE,
                LineLimits.NONE,
                LineLimits.NONE));
        assertThatThrownBy(() -> copy(way)).isInstanceOf(IOException.class).hasMessageContaining("line");
        assertThat(asked).isEmpty();
    }

    @Test
    void whatIsMoreThanTheDayAllowsIsNotBegun() throws IOException {
        OriginWay way = way(new LineLimits(
                Windows.always(ZoneOffset.UTC), LineLimits.NONE, LineLimits.LEAST_BUDGET, LineLimits.NONE));
        assertThatThrownBy(() -> copy(way))
                .as("a closed way, and no fault of the disk's")
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(HopClient.SinkException.class);
        assertThat(taken).isEmpty();
    }

    @Test
    void whoCannotBeReachedIsLeftAloneForAMomentAndNotOffered() throws IOException {
        OriginWay way = way(LineLimits.unlimited());
        assertThat(way.offers(ORIGIN.key())).isTrue();
        trouble = Optional.of(new HopClient.UnreachableException("nobody there"));
        assertThatThrownBy(() -> copy(way)).isInstanceOf(HopClient.UnreachableException.class);
        assertThat(way.offers(ORIGIN.key())).isFalse();
        assertThat(way.to(ORIGIN)).isEmpty();
        nanos.addAndGet(OriginWay.REST.toNanos());
        assertThat(way.offers(ORIGIN.key())).isTrue();
        assertThat(way.to(ORIGIN)).hasSize(1);
    }
}
