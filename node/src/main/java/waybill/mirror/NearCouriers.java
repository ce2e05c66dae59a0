package waybill.mirror;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import waybill.hop.HopClient;
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
import waybill.requester.outbox.Carrier;
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
    /** Of so many addresses it is remembered that it broke there. */
    private static final int REMEMBERED = 256;

    private final BackendUrl backend;
    private final Via via;
    private final NearSources.Lan lan;
    private final OriginClient client;
    private final LongSupplier nanos;
    private final Map<Sha256, Heard> heard = new ConcurrentHashMap<>();

    /**
     * Where it broke last, and when. What has begun to come from one cannot go on with another: who breaks off again and again
     * would keep a copy away for ever if he stayed before all others.
     */
    private final Map<InetAddress, Long> broken = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Long> eldest) {
            return size() > REMEMBERED;
        }
    });

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
        List<Giver> near = via == Via.DIRECT ? List.of() : near(origin);
        List<Courier> couriers = new ArrayList<>();
        near.stream()
                .filter(giver -> !brokeLately(giver))
                .limit(RELAYS)
                .forEach(giver -> couriers.add(new ByRelay(giver, origin.key())));
        if (via != Via.LAN) {
            couriers.add(new Straight(origin));
        }
        near.stream()
                .filter(this::brokeLately)
                .limit(RELAYS)
                .forEach(giver -> couriers.add(new ByRelay(giver, origin.key())));
        return couriers;
    }

    private boolean brokeLately(Giver giver) {
        return address(giver)
                .map(broken::get)
                .filter(at -> nanos.getAsLong() - at < NearSources.MOMENT.toNanos())
                .isPresent();
    }

    private static Optional<InetAddress> address(Giver giver) {
        return giver.who() instanceof Carrier.Relay relay ? Optional.of(relay.address()) : Optional.empty();
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
                if (!(e instanceof HopClient.SinkException)) {
                    address(giver).ifPresent(address -> broken.put(address, nanos.getAsLong()));
                }
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
        public boolean isOrigin() {
            return true;
        }

        @Override
        public String toString() {
            return origin.url().toString();
        }
    }
}
