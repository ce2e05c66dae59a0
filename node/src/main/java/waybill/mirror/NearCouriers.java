package waybill.mirror;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import waybill.hop.OriginClient;
import waybill.hop.Validators;
import waybill.origin.Courier;
import waybill.origin.Couriers;
import waybill.origin.Origin;
import waybill.protocol.BackendUrl;
import waybill.protocol.OriginPath;
import waybill.protocol.Sha256;
import waybill.protocol.SharedOrigin;
import waybill.requester.RequesterConfig.Via;
import waybill.update.Giver;

/**
 * Whom a machine asks for copies of an origin: a relay of its LAN that fetches them for all, and itself where there is a way.
 * Who answered a moment ago is good for the next: clients ask for many small things. Safe for use by several threads.
 */
final class NearCouriers implements Couriers {
    /** The most time that one copy may take. */
    private static final Duration PATIENCE = Duration.ofHours(6);
    /** More relays than that are not asked for one thing. */
    private static final int RELAYS = 2;

    private final BackendUrl backend;
    private final Via via;
    private final NearSources.Lan lan;
    private final OriginClient client;
    private final LongSupplier nanos;
    private final Map<Sha256, Heard> heard = new ConcurrentHashMap<>();

    private record Heard(List<Giver> givers, long at) {}

    NearCouriers(BackendUrl backend, Via via, NearSources.Lan lan, OriginClient client, LongSupplier nanos) {
        this.backend = backend;
        this.via = via;
        this.lan = lan;
        this.client = client;
        this.nanos = nanos;
    }

    @Override
    public List<Courier> to(Origin origin) throws InterruptedException {
        List<Courier> couriers = new ArrayList<>();
        if (via != Via.DIRECT) {
            for (Giver giver : near(origin).stream().limit(RELAYS).toList()) {
                couriers.add(new ByRelay(giver, origin.key()));
            }
        }
        if (via != Via.LAN) {
            couriers.add(new Straight(origin));
        }
        return couriers;
    }

    private List<Giver> near(Origin origin) throws InterruptedException {
        Optional<Heard> last = Optional.ofNullable(heard.get(origin.key()))
                .filter(one -> nanos.getAsLong() - one.at() < NearSources.MOMENT.toNanos());
        if (last.isPresent()) {
            return last.get().givers();
        }
        List<Giver> givers = lan.all(new SharedOrigin(backend, origin.key()).toString());
        heard.put(origin.key(), new Heard(givers, nanos.getAsLong()));
        return givers;
    }

    /** A relay that asks the origin for all. */
    private final class ByRelay implements Courier {
        private final Giver giver;
        private final Sha256 origin;

        ByRelay(Giver giver, Sha256 origin) {
            this.giver = giver;
            this.origin = origin;
        }

        @Override
        public OriginClient.Answer copy(OriginPath path, Validators known, String agent, OriginClient.Sink sink)
                throws IOException {
            try {
                return client.copy(giver.peer(), "/origins/" + origin + "/" + path, known, agent, sink, PATIENCE);
            } catch (IOException e) {
                heard.remove(origin); // perhaps another one is there by now
                throw e;
            }
        }

        @Override
        public String toString() {
            return giver.toString();
        }
    }

    /** This machine itself. */
    private final class Straight implements Courier {
        private final Origin origin;

        Straight(Origin origin) {
            this.origin = origin;
        }

        @Override
        public OriginClient.Answer copy(OriginPath path, Validators known, String agent, OriginClient.Sink sink)
                throws IOException {
            return client.copy(origin.peer(), "/" + path.encoded(), known, agent, sink, PATIENCE);
        }

        @Override
        public String toString() {
            return origin.url().toString();
        }
    }
}
