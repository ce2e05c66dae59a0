package waybill.update.share;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import waybill.discovery.Beacon;
import waybill.discovery.Lans;
import waybill.hop.HopLimits;
import waybill.hop.server.HopServer;
import waybill.hop.server.ServerIdentity;
import waybill.protocol.NodeId;
import waybill.requester.RequesterConfig;
import waybill.trust.NodeIdentity;
import waybill.update.Holdings;
import waybill.update.Supply;
import waybill.update.Words;

/**
 * A machine that is no relay gives what it holds of one backend's updates to its LANs (section 10.9): whole files that its
 * catalogue names, while that has not expired. It fetches nothing for others and takes no deliveries. Safe for use by
 * several threads.
 */
public final class Giving implements Closeable {
    private static final int TOKEN = 16;

    private final NodeId node;
    private final Share share;
    private final HopServer http;
    private final Beacon beacon;

    private Giving(NodeId node, Share share, HopServer http, Beacon beacon) {
        this.node = node;
        this.share = share;
        this.http = http;
        this.beacon = beacon;
    }

    /**
     * Begins to give.
     *
     * @param config says on which LANs, by which port of discovery, and whether without TLS
     * @param holdings what is here; whoever else of this process fetches into it goes on doing so
     * @param listen where it is reached; port 0 takes a free one
     * @throws IOException if an interface is missing, the address is taken, or the data directory fails
     */
    public static Giving start(RequesterConfig config, Holdings holdings, InetSocketAddress listen, InstantSource clock)
            throws IOException {
        NodeIdentity identity = NodeIdentity.load(config.data(), clock);
        Share share = new Share(
                holdings.vetting(),
                new Words(holdings.vetting(), holdings.blame()),
                new Supply(holdings.store(), holdings.blame(), true, System::nanoTime),
                Sources.NONE,
                ForkJoinPool.commonPool(), // never used: nothing is fetched
                System::nanoTime);
        byte[] token = new byte[TOKEN];
        new SecureRandom().nextBytes(token);
        String path = "/a/" + Base64.getUrlEncoder().withoutPadding().encodeToString(token);
        Optional<ServerIdentity> tls = config.allowPlainLan()
                ? Optional.empty()
                : Optional.of(new ServerIdentity(identity.key(), List.of(identity.certificate())));
        HopServer http = HopServer.start(
                listen,
                tls,
                HopLimits.DEFAULT,
                _ -> Optional.empty(),
                asked -> asked.equals(path) ? Optional.of(share) : Optional.empty());
        boolean started = false;
        try {
            InetAddress address = listen.getAddress();
            Lans all = Lans.named(config.interfaces());
            Beacon beacon = Beacon.start(
                    address.isAnyLocalAddress() ? all : all.only(address),
                    config.discoveryPort(),
                    new HolderAnswerer(identity.node(), tls.isPresent(), http.address(), path, share, holdings));
            started = true;
            return new Giving(identity.node(), share, http, beacon);
        } finally {
            if (!started) {
                http.close();
            }
        }
    }

    /** Who gives here. */
    public NodeId node() {
        return node;
    }

    /** Where it listens, with the port it really has. */
    public InetSocketAddress address() {
        return http.address();
    }

    /** Lets go of what is old. */
    public void expire() {
        share.expire();
    }

    /** Falls silent, and lets what goes out just now end within a few seconds. */
    @Override
    public void close() {
        beacon.close();
        http.close();
    }
}
