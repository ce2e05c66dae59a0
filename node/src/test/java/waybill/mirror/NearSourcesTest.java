package waybill.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import waybill.protocol.Sha256;
import waybill.requester.RequesterConfig.Via;
import waybill.update.Giver;
import waybill.update.Published;
import waybill.update.TestGiver;
import waybill.update.share.Sources;

final class NearSourcesTest {
    private static final Published NOTHING = Published.of(1, Instant.parse("2026-11-30T10:00:00Z"), Map.of());
    private static final Optional<Sha256> BYTES = Optional.of(Sha256.of(new byte[0]));
    private static final String HREF = "https://backend.example/inbox/files/a";

    private final Giver relay = new TestGiver(1, NOTHING, TestGiver.Manner.WELL).giver(true);
    private final Giver other = new TestGiver(2, NOTHING, TestGiver.Manner.WELL).giver(false);
    private final Giver origin = new TestGiver(3, NOTHING, TestGiver.Manner.WELL).origin();
    private final AtomicLong nanos = new AtomicLong();
    private final List<String> rounds = new ArrayList<>();
    private final List<Sha256> holdersAsked = new ArrayList<>();
    private List<Giver> lan = List.of(relay, other);
    private List<Giver> holders = List.of();

    private Sources.Source of(Via via, long size, Optional<Sha256> bytes) {
        return sources(via).of(HREF, size, bytes);
    }

    private NearSources sources(Via via) {
        return new NearSources(
                via,
                new NearSources.Lan() {
                    @Override
                    public List<Giver> all(String href) {
                        rounds.add(href);
                        return lan;
                    }

                    @Override
                    public List<Giver> holders(String href, Sha256 sha256, long size) {
                        holdersAsked.add(sha256);
                        return holders;
                    }
                },
                () -> List.of(origin),
                nanos::get);
    }

    @Test
    void theLanIsFirstAndTheOriginTheWayOut() throws InterruptedException {
        try (Sources.Source source = of(Via.AUTO, 0, Optional.empty())) {
            assertThat(source.next()).containsExactly(relay, other);
            assertThat(source.next()).containsExactly(origin);
            assertThat(source.next()).as("a question is given up").isEmpty();
            assertThat(source.next()).isEmpty();
        }
    }

    @Test
    void bytesAreWorthAnotherLap() throws InterruptedException {
        try (Sources.Source source = of(Via.AUTO, 1, BYTES)) {
            assertThat(source.next()).hasSize(2);
            assertThat(source.next()).containsExactly(origin);
            assertThat(source.next()).isEmpty();
            assertThat(source.next()).hasSize(2);
        }
    }

    @Test
    void onlyTheWaysThatAreAllowedAreGone() throws InterruptedException {
        try (Sources.Source source = of(Via.LAN, 0, Optional.empty())) {
            assertThat(source.next()).containsExactly(relay, other);
            assertThat(source.next()).isEmpty();
        }
        rounds.clear();
        try (Sources.Source source = of(Via.DIRECT, 0, Optional.empty())) {
            assertThat(source.next()).containsExactly(origin);
            assertThat(rounds).isEmpty();
        }
    }

    @Test
    void forSmallFilesWhoAnsweredAMomentAgoIsAskedWithoutARound() throws InterruptedException {
        NearSources sources = sources(Via.AUTO);
        sources.of("https://backend.example/inbox", 0, Optional.empty()).next();
        assertThat(rounds).hasSize(1);
        assertThat(sources.of(HREF, 5000, BYTES).next())
                .extracting(Giver::who)
                .containsExactlyInAnyOrder(relay.who(), other.who());
        assertThat(rounds).as("nobody was asked again").hasSize(1);
        assertThat(sources.of(HREF, 5L << 20, BYTES).next()).hasSize(2);
        assertThat(rounds).as("a large one is worth it").hasSize(2);
        nanos.addAndGet(NearSources.MOMENT.toNanos());
        sources.of(HREF, 5000, BYTES).next();
        assertThat(rounds).as("that was long ago").hasSize(3);
    }

    @Test
    void whoHoldsLargeBytesIsAskedBeforeAnybodyFetches() throws InterruptedException {
        holders = List.of(other);
        try (Sources.Source source = of(Via.AUTO, 5L << 20, BYTES)) {
            assertThat(source.next()).containsExactly(other);
            assertThat(holdersAsked).containsExactly(BYTES.orElseThrow());
            assertThat(rounds).isEmpty();
            assertThat(source.next()).containsExactly(relay, other);
            assertThat(source.next()).containsExactly(origin);
        }
        try (Sources.Source source = of(Via.DIRECT, 5L << 20, BYTES)) {
            assertThat(source.next()).containsExactly(origin);
            assertThat(holdersAsked).hasSize(1);
        }
    }

    @Test
    void silenceOfAMomentAgoIsAnAnswerToo() throws InterruptedException {
        lan = List.of();
        NearSources sources = sources(Via.AUTO);
        sources.of("https://backend.example/inbox", 0, Optional.empty()).next();
        assertThat(sources.of(HREF, 5000, BYTES).next()).containsExactly(origin);
        assertThat(rounds).hasSize(1);
    }
}
