package waybill.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.discovery.Answerer;
import waybill.discovery.Lan;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;

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

    /** An alias path and what is behind it. */
    record Alias(String path, RelayService service) {}

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
    public Optional<Answer> answer(Packet.Request request, Lan lan) {
        Alias alias = aliases.get(request.backend());
        Optional<InetAddress> address = addressOn(lan);
        if (alias == null || request.method() != Packet.Method.PUT || address.isEmpty()) {
            return Optional.empty();
        }
        try {
            return alias.service()
                    .offer(request.size(), lan.name(), request.maxHops() < Promise.MAX_HOPS)
                    .filter(promise -> promise.hops() <= request.maxHops())
                    .map(promise -> new Answer(
                            AliasUrl.at(
                                    encrypted, new InetSocketAddress(address.get(), listen.getPort()), alias.path()),
                            node,
                            promise));
        } catch (IOException e) {
            LOG.warn("silent to a request, for the store cannot be asked: {}", e.toString());
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
