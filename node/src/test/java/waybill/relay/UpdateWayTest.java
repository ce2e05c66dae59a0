package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.relay.uplink.LineLimits;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Windows;
import waybill.requester.outbox.Carrier;
import waybill.signature.TrustPolicy;
import waybill.update.Giver;
import waybill.update.UpdatesOnly;
import waybill.update.share.Way;

/** A relay fetches updates straight, as its line allows. It is Sunday, noon. */
final class UpdateWayTest {
    private static final int MIB = 1 << 20;
    private static final Sha256 DIGEST = Sha256.of(new byte[] {1});
    private static final Duration LONG = Duration.ofHours(6);

    @TempDir
    Path dir;

    private final FakeClock clock = new FakeClock();
    private final FakeBackend backend = new FakeBackend();
    private final Uplink uplink = new Uplink();
    private long taken;

    private UpdateWay way(RelayConfig.Via via, LineLimits limits) throws IOException {
        Site site = new Site(dir, Duration.ZERO, Runnable::run, clock, new FakeStore(clock), backend, via, limits);
        RelayConfig.Backend configured = new RelayConfig.Backend(
                FakeBackend.URL,
                TrustPolicy.of(List.of(FakeBackend.SIGNER)),
                new Peer.Identity.Named(List.of(), true),
                Optional.empty());
        return new UpdateWay(configured, uplink, site.ways, site.line, new MeasuredRate(MIB));
    }

    private static LineLimits perDay(long bytes) {
        return new LineLimits(Windows.always(ZoneOffset.UTC), LineLimits.NONE, bytes, LineLimits.NONE);
    }

    private static LineLimits window(String window) {
        return new LineLimits(
                Windows.of(List.of(window), ZoneOffset.UTC), LineLimits.NONE, LineLimits.NONE, LineLimits.NONE);
    }

    private ContentAnswer take(Way.Leave leave, long size) throws IOException {
        return take(leave, size, (bytes, offset, count) -> taken += count);
    }

    private static ContentAnswer take(Way.Leave leave, long size, ContentSink sink) throws IOException {
        Giver origin = leave.origin();
        return origin.hop().content(origin.peer(), DIGEST, 0, size, sink, LONG);
    }

    @Test
    void onALineWithoutLimitsItIsTheOriginItself() throws IOException {
        try (Way.Leave leave = way(RelayConfig.Via.DIRECT, LineLimits.unlimited())
                .toOrigin(MIB)
                .orElseThrow()) {
            Giver origin = leave.origin();
            assertThat(origin.isOrigin()).isTrue();
            assertThat(origin.holds()).isTrue();
            assertThat(origin.who()).isEqualTo(new Carrier.Direct(FakeBackend.URL));
            assertThat(origin.peer().base()).isEqualTo(FakeBackend.URL.uri());
            assertThat(take(leave, MIB)).isEqualTo(new ContentAnswer.Whole(MIB));
            assertThat(taken).isEqualTo(MIB);
            assertThat(uplink.limit).isEqualTo(LONG);
            assertThat(origin.hop().catalogue(origin.peer())).isSameAs(uplink.cms);
            assertThat(origin.hop().release(origin.peer(), new FileName("f"))).isSameAs(uplink.cms);
            origin.hop().close();
            assertThat(uplink.closed).as("it is not this one's").isFalse();
        }
    }

    @Test
    void whoOnlyHasOtherRelaysHasNoStraightWay() throws IOException {
        assertThat(way(RelayConfig.Via.LAN, LineLimits.unlimited()).toOrigin(MIB))
                .isEmpty();
    }

    @Test
    void aWayThatIsKnownNotToWorkIsNotTakenUntilItWorksAgain() throws IOException {
        UpdateWay way = way(RelayConfig.Via.AUTO, LineLimits.unlimited());
        backend.gone = true;
        assertThat(way.isOpen("eth0", false)).as("it looked").isFalse();
        assertThat(way.toOrigin(MIB)).isEmpty();
        backend.gone = false;
        backend.profileAnswer = new HopAnswer.Cms(FakeBackend.profile(1, FakeClock.START.plusSeconds(3600)));
        clock.advance(Duration.ofSeconds(11));
        assertThat(way.toOrigin(MIB)).as("it looked and found it").isPresent();
    }

    @Test
    void outsideOfTheWindowNothingIsFetched() throws IOException {
        UpdateWay way = way(RelayConfig.Via.DIRECT, window("Sun 14:00-16:00"));
        assertThat(way.toOrigin(1)).isEmpty();
        clock.advance(Duration.ofHours(3));
        assertThat(way.toOrigin(1)).isPresent();
    }

    @Test
    void whatIsNotExpectedToEndInTheWindowIsNotBegun() throws IOException {
        UpdateWay way = way(RelayConfig.Via.DIRECT, window("Sun 11:00-13:00"));
        long most = 3600L * MIB; // a MiB a second
        assertThat(way.toOrigin(most + MIB)).isEmpty();
        assertThat(way.toOrigin(most - MIB)).isPresent();
    }

    @Test
    void whereTheWindowEndsTheWayBreaksAndTheDiskIsNotAtFault() throws IOException {
        UpdateWay way = way(RelayConfig.Via.DIRECT, window("Sun 11:00-13:00"));
        try (Way.Leave leave = way.toOrigin(8 * MIB).orElseThrow()) {
            assertThatThrownBy(() -> take(leave, 8 * MIB, (bytes, offset, count) -> {
                        taken += count;
                        if (taken == MIB) {
                            clock.advance(Duration.ofMinutes(60));
                        }
                    }))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(HopClient.SinkException.class)
                    .hasMessageContaining("window");
            assertThat(taken).isEqualTo(MIB);
            assertThat(uplink.limit).isEqualTo(Duration.ofHours(1));
        }
    }

    @Test
    void whatFailsHereIsNoBrokenWay() throws IOException {
        IOException full = new IOException("no space left");
        try (Way.Leave leave =
                way(RelayConfig.Via.DIRECT, perDay(100L * MIB)).toOrigin(MIB).orElseThrow()) {
            assertThatThrownBy(() -> take(leave, MIB, (bytes, offset, count) -> {
                        throw full;
                    }))
                    .isInstanceOfSatisfying(
                            HopClient.SinkException.class,
                            e -> assertThat(e.reason()).isSameAs(full));
        }
    }

    @Test
    void theBytesOfTheDayAreNotExceeded() throws IOException {
        UpdateWay way = way(RelayConfig.Via.DIRECT, perDay(10L * MIB));
        assertThat(way.toOrigin(11 * MIB)).isEmpty();
        try (Way.Leave first = way.toOrigin(6 * MIB).orElseThrow()) {
            assertThat(first.origin().isOrigin()).isTrue();
            assertThat(way.toOrigin(6 * MIB)).as("they are promised").isEmpty();
        }
        assertThat(way.toOrigin(6 * MIB)).as("and given back").isPresent();
    }

    @Test
    void ofWhatComesOnlyWhatIsStillToComeKeepsOthersFromTheLine() throws IOException {
        UpdateWay way = way(RelayConfig.Via.DIRECT, perDay(10L * MIB));
        try (Way.Leave first = way.toOrigin(6 * MIB).orElseThrow()) {
            take(first, 5 * MIB);
            // What came is counted where it came in, at the socket.
            assertThat(way.toOrigin(6 * MIB)).isPresent();
        }
    }

    /** Gives as many bytes as are wanted, as {@link waybill.hop.client.HttpHopClient} does. */
    private static final class Uplink extends UpdatesOnly {
        final HopAnswer cms = new HopAnswer.Cms(new byte[] {0x30});
        Duration limit = Duration.ZERO;
        boolean closed;

        @Override
        public ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration most)
                throws IOException {
            limit = most;
            for (long at = 0; at < length; at += 64 * 1024) {
                try {
                    sink.take(new byte[64 * 1024], 0, 64 * 1024);
                } catch (IOException e) {
                    throw new SinkException(e);
                }
            }
            return new ContentAnswer.Whole(length);
        }

        @Override
        public HopAnswer catalogue(Peer peer) {
            return cms;
        }

        @Override
        public HopAnswer release(Peer peer, FileName name) {
            return cms;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
