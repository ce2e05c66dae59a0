package waybill.requester;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.DamagedParcelException;

/**
 * Speaks the hop API to carriers: whom to dial, what TLS must prove, and what a failed exchange means (section 3). The
 * backend that a call is about is told to the carrier with each.
 */
public final class Exchange {
    private final RequesterConfig config;
    private final HopClient hop;

    /** Speaks as this configuration says. */
    public Exchange(RequesterConfig config, HopClient hop) {
        this.config = config;
        this.hop = hop;
    }

    /** What came of one exchange. */
    sealed interface Reply {
        /** The peer answered. */
        record Answered(HopAnswer answer) implements Reply {}

        /** It was not reached. */
        record Unreachable(String detail) implements Reply {}

        /** Somebody else was there. */
        record WrongPeer(String detail) implements Reply {}

        /** The connection broke. */
        record Broken(String detail) implements Reply {}
    }

    /** @throws DamagedParcelException if what was to be sent cannot be read: no carrier is at fault */
    Reply put(Carrier carrier, BackendUrl backend, Upload upload, Duration limit)
            throws DamagedParcelException, InterruptedException {
        try {
            return new Reply.Answered(hop.put(peer(carrier, backend), upload, limit));
        } catch (HopClient.SourceException e) {
            interrupted();
            throw new DamagedParcelException("the sealed parcel cannot be read: " + text(e), e);
        } catch (IOException e) {
            return failed(e);
        }
    }

    Reply collect(Carrier carrier, BackendUrl backend, DeliveryKey key, Duration hold) throws InterruptedException {
        try {
            return new Reply.Answered(hop.collect(peer(carrier, backend), key, hold));
        } catch (IOException e) {
            return failed(e);
        }
    }

    Reply profile(Carrier carrier, BackendUrl backend) throws InterruptedException {
        try {
            return new Reply.Answered(hop.profile(peer(carrier, backend)));
        } catch (IOException e) {
            return failed(e);
        }
    }

    /** Whether what this carrier says comes from the backend itself, over an authenticated connection. */
    boolean authenticatedBackend(Carrier carrier) {
        return carrier instanceof Carrier.Direct direct && direct.backend().encrypted();
    }

    /** Whether this backend may be dialled at all. */
    public boolean mayDial(BackendUrl backend) {
        return backend.encrypted() || config.allowPlainBackend();
    }

    /** Whom the client dials for this carrier. */
    public Peer peer(Carrier carrier, BackendUrl backend) {
        return switch (carrier) {
            case Carrier.Direct _ ->
                new Peer(
                        backend.uri(),
                        backend.encrypted()
                                ? new Peer.Identity.Named(config.tlsAnchors(), config.tlsSystem())
                                : new Peer.Identity.Plain(),
                        connectTo(backend),
                        config.proxies().towards(backend, connectTo(backend)),
                        Optional.of(backend));
            case Carrier.Relay relay ->
                new Peer(
                        relay.alias().uri(),
                        relay.proved() ? new Peer.Identity.Pinned(relay.node()) : new Peer.Identity.Plain(),
                        relay.zone().dial(relay.alias()),
                        Optional.of(backend));
            case Carrier.Hand hand -> throw new IllegalStateException(hand + " cannot be dialled");
        };
    }

    /** Where to dial was said for the configured backend; a task in the outbox may be for another. */
    private Optional<InetSocketAddress> connectTo(BackendUrl backend) {
        return config.backend().isEmpty() || config.backend().get().equals(backend)
                ? config.connectTo()
                : Optional.empty();
    }

    private static Reply failed(IOException e) throws InterruptedException {
        if (e instanceof HopClient.WrongPeerException) {
            return new Reply.WrongPeer(text(e));
        }
        interrupted();
        return e instanceof HopClient.UnreachableException ? new Reply.Unreachable(text(e)) : new Reply.Broken(text(e));
    }

    /** An interrupted exchange fails like a broken one; it is no fault of the peer's. */
    private static void interrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private static String text(IOException e) {
        return String.valueOf(e.getMessage());
    }
}
