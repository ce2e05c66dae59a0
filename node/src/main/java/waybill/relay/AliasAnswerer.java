package waybill.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Answerer;
import waybill.discovery.Lan;
import waybill.discovery.Turn;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.SharedOrigin;
import waybill.update.share.Share;

/**
 * What this relay says to requests (claim 1; section 2): the alias URL of the backend that was asked for, if it is one of
 * its own and there is room, at its own address on the LAN that the request came from. Safe for use by several threads.
 */
final class AliasAnswerer implements Answerer {
    private static final Logger LOG = LoggerFactory.getLogger(AliasAnswerer.class);

    private final NodeId node;
    private final boolean encrypted;
    private final InetSocketAddress listen;
    private final Map<BackendUrl, Alias> aliases;

    /**
     * An alias path and what is behind it: uploads, and where they are wanted updates, and copies of origins.
     *
     * @param origins whether an origin of this digest can be had
     */
    record Alias(String path, RelayService service, Optional<Share> share, Predicate<Sha256> origins) {
        /** One without origins. */
        Alias(String path, RelayService service, Optional<Share> share) {
            this(path, service, share, _ -> false);
        }
    }

    /**
     * Answers for these backends.
     *
     * @param encrypted whether the HTTP service speaks TLS
     * @param listen where it listens; the wildcard address stands for every LAN's own
     */
    AliasAnswerer(NodeId node, boolean encrypted, InetSocketAddress listen, Map<BackendUrl, Alias> aliases) {
        this.node = node;
        this.encrypted = encrypted;
        this.listen = listen;
        this.aliases = Map.copyOf(aliases);
    }

    @Override
    public Turn turn(Packet.Request request) {
        if (request.method() == Packet.Method.GET && originOf(request).isPresent()) {
            return Turn.Elected.of(node, request.href());
        }
        return request.method() == Packet.Method.PUT
                ? new Turn.ByLot()
                : updatesOf(request)
                        .flatMap(Alias::share)
                        .map(share -> share.turn(node, request))
                        .orElse(new Turn.ByLot());
    }

    @Override
    public Optional<Answer> answer(Packet.Request request, Lan lan) {
        Optional<Alias> alias = request.method() == Packet.Method.PUT
                ? Optional.ofNullable(aliases.get(request.backend()))
                : updatesOf(request)
                        .or(() -> originOf(request)
                                .flatMap(origin -> Optional.ofNullable(aliases.get(origin.backend()))));
        Optional<InetAddress> address = addressOn(lan);
        if (alias.isEmpty() || address.isEmpty()) {
            return Optional.empty();
        }
        try {
            return promise(alias.get(), request, lan)
                    .filter(promise -> promise.hops() <= request.maxHops())
                    .map(promise -> new Answer(
                            AliasUrl.at(
                                    encrypted,
                                    new InetSocketAddress(address.get(), listen.getPort()),
                                    alias.get().path()),
                            node,
                            promise));
        } catch (IOException e) {
            LOG.warn("silent to a request, for the store cannot be asked: {}", e.toString());
            return Optional.empty();
        }
    }

    private static Optional<Promise> promise(Alias alias, Packet.Request request, Lan lan) throws IOException {
        boolean relay = request.maxHops() < Promise.MAX_HOPS;
        if (request.method() == Packet.Method.PUT) {
            return alias.service().offer(request.size(), lan.name(), relay);
        }
        Optional<SharedOrigin> origin = originOf(request);
        if (origin.isPresent()) {
            return alias.origins().test(origin.get().key())
                    ? Optional.of(new Promise(0, 0, 0, 1, 1))
                    : Optional.empty();
        }
        // Of an update only the hops mean anything.
        return alias.share()
                .flatMap(share -> share.offer(request, lan.name(), relay))
                .map(hops -> new Promise(0, 0, 0, 1, hops));
    }

    /** Whose updates are asked for, by the URL of a file or by the backend's own. */
    private Optional<Alias> updatesOf(Packet.Request request) {
        Alias catalogue = aliases.get(request.backend());
        if (catalogue != null) {
            return Optional.of(catalogue);
        }
        try {
            return Optional.ofNullable(
                    aliases.get(FileUrl.parse(request.backend().toString()).backend()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Which origin is asked for, if it is one. */
    private static Optional<SharedOrigin> originOf(Packet.Request request) {
        try {
            return Optional.of(SharedOrigin.parse(request.href()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Optional<InetAddress> addressOn(Lan lan) {
        if (listen.getAddress().isAnyLocalAddress()) {
            return Optional.of(lan.address());
        }
        return Optional.of(listen.getAddress()).filter(lan::onLink);
    }
}
