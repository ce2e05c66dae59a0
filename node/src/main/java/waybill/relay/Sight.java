package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.relay.onward.Neighbour;
import waybill.relay.onward.Neighbours;
import waybill.relay.uplink.Line;
import waybill.signature.SignatureFault;

/**
 * What this relay has seen of its straight way to one backend, and the backend's profile by whichever way there is: a call
 * so small that it serves to look with. Safe for use by several threads.
 */
final class Sight {
    /** A way that was not used for so long is looked at again before other relays are told of it. */
    private static final Duration PROVEN = Duration.ofSeconds(60);

    private static final int MOST_ASKED = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Sight.class);

    private final HopClient client;
    private final Peer backend;
    private final RelayConfig.Via via;
    private final Neighbours neighbours;
    private final Verifier verifier;
    private final LongSupplier nanos;

    private boolean looked;
    private boolean works;
    private boolean ever;
    private long worked;

    Sight(
            HopClient client,
            Peer backend,
            RelayConfig.Via via,
            Neighbours neighbours,
            Verifier verifier,
            LongSupplier nanos) {
        this.client = client;
        this.backend = backend;
        this.via = via;
        this.neighbours = neighbours;
        this.verifier = verifier;
        this.nanos = nanos;
    }

    /** The backend's profile, straight from it or by another relay; looking has then been done. */
    HopAnswer profile() throws IOException {
        try {
            if (via == RelayConfig.Via.LAN) {
                return byNeighbour().orElseThrow(() -> new IOException("no relay with a way to it was found"));
            }
            try {
                HopAnswer answer = client.profile(backend);
                reached(true);
                return answer;
            } catch (IOException e) {
                if (Line.isSpent(e)) {
                    rests();
                    throw e;
                }
                reached(false);
                Optional<HopAnswer> other = via == RelayConfig.Via.AUTO ? byNeighbour() : Optional.empty();
                if (other.isPresent()) {
                    return other.get();
                }
                throw e;
            }
        } finally {
            synchronized (this) {
                looked = true;
            }
        }
    }

    /** The line may not be used now, which says nothing against it. */
    private synchronized void rests() {
        works = true;
    }

    private Optional<HopAnswer> byNeighbour() {
        Set<Neighbour.Claim> asked = new HashSet<>();
        for (int i = 0; i < MOST_ASKED; i++) {
            Optional<Neighbour> next = neighbours.best(0, asked);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            asked.add(next.get().claim());
            Optional<HopAnswer> answer = profileOf(next.get());
            if (answer.isPresent()) {
                return answer;
            }
        }
        return Optional.empty();
    }

    private Optional<HopAnswer> profileOf(Neighbour relay) {
        try {
            HopAnswer answer = client.profile(relay.peer(backend.backend().orElseThrow()));
            if (answer instanceof HopAnswer.Cms(byte[] cms)) {
                verifier.profile(cms);
                neighbours.proved(relay);
                return Optional.of(answer);
            }
            neighbours.inVain(relay);
        } catch (SignatureFault e) {
            LOG.debug("{} gave a profile that does not verify: {}", relay, e.getMessage());
            neighbours.gone(relay);
        } catch (IOException e) {
            LOG.debug("{} gave no profile: {}", relay, e.getMessage());
            neighbours.gone(relay);
        }
        return Optional.empty();
    }

    /** The backend was reached straight, or was not. */
    synchronized void reached(boolean straight) {
        works = straight;
        looked = true;
        if (straight) {
            ever = true;
            worked = nanos.getAsLong();
        }
    }

    /** Whether it was looked for a way since the start. */
    synchronized boolean hasLooked() {
        return looked;
    }

    /** Whether the straight way worked when it was last tried. */
    synchronized boolean works() {
        return works;
    }

    /** Whether it worked since the start. */
    synchronized boolean everWorked() {
        return ever;
    }

    /** Whether it worked just now. */
    synchronized boolean isProven() {
        return works && nanos.getAsLong() - worked < PROVEN.toNanos();
    }
}
