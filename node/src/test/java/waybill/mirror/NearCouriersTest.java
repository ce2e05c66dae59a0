package waybill.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import waybill.hop.OriginClient;
import waybill.hop.Peer;
import waybill.hop.Validators;
import waybill.origin.Courier;
import waybill.origin.Origin;
import waybill.protocol.BackendUrl;
import waybill.protocol.OriginPath;
import waybill.protocol.Sha256;
import waybill.requester.RequesterConfig.Via;
import waybill.update.Giver;
import waybill.update.Published;
import waybill.update.TestGiver;

/** Whom a mirror asks for copies. */
final class NearCouriersTest {
    private static final BackendUrl URL = BackendUrl.parse("http://origin.example/debian");
    private static final Origin ORIGIN =
            new Origin("debian", URL, new Peer(URL.uri(), new Peer.Identity.Plain(), Optional.empty()));
    private static final OriginClient BREAKS = (_, _, _, _, _, _) -> {
        throw new IOException("it broke off");
    };

    private final AtomicLong nanos = new AtomicLong();
    private final Published nothing = Published.of(1, Instant.parse("2026-03-01T12:00:00Z"), Map.of());

    @Test
    void whereItBrokeIsAskedLastForAWhile() throws Exception {
        Giver relay = new TestGiver(1, nothing, TestGiver.Manner.WELL).giver(false);
        NearCouriers couriers = new NearCouriers(Published.BACKEND, Via.AUTO, lan(relay), BREAKS, nanos::get);
        assertThat(names(couriers)).containsExactly(relay.toString(), URL.toString());
        Courier first = couriers.to(ORIGIN).getFirst();
        assertThatThrownBy(() -> first.copy(new OriginPath("a"), Validators.NONE, "", sink()))
                .isInstanceOf(IOException.class);
        assertThat(names(couriers)).containsExactly(URL.toString(), relay.toString());
        nanos.addAndGet(NearSources.MOMENT.toNanos());
        assertThat(names(couriers)).containsExactly(relay.toString(), URL.toString());
    }

    private static List<String> names(NearCouriers couriers) throws InterruptedException {
        return couriers.to(ORIGIN).stream().map(Object::toString).toList();
    }

    private static NearSources.Lan lan(Giver giver) {
        return new NearSources.Lan() {
            @Override
            public List<Giver> all(String href) {
                return List.of(giver);
            }

            @Override
            public List<Giver> holders(String href, Sha256 sha256, long size) {
                return List.of();
            }
        };
    }

    private static OriginClient.Sink sink() {
        return new OriginClient.Sink() {
            @Override
            public void begin(OriginClient.Head head) {
                throw new AssertionError("nothing comes");
            }

            @Override
            public void take(byte[] bytes, int offset, int length) {
                throw new AssertionError("nothing comes");
            }
        };
    }
}
