package waybill.update.share;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import waybill.discovery.Answerer;
import waybill.discovery.Lan;
import waybill.discovery.Turn;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.update.Holdings;

/**
 * What a machine that is no relay says to requests (section 10.8): that it holds these bytes, at once; that it holds what was
 * published under a name, or the catalogue, last of all, for it asks nobody for a younger one; and else nothing. Safe for use
 * by several threads.
 */
final class HolderAnswerer implements Answerer {
    private final NodeId node;
    private final boolean encrypted;
    private final InetSocketAddress listen;
    private final String path;
    private final Share share;
    private final Holdings holdings;

    /** @param listen where it is reached; the wildcard address stands for every LAN's own */
    HolderAnswerer(
            NodeId node, boolean encrypted, InetSocketAddress listen, String path, Share share, Holdings holdings) {
        this.node = node;
        this.encrypted = encrypted;
        this.listen = listen;
        this.path = path;
        this.share = share;
        this.holdings = holdings;
    }

    @Override
    public Turn turn(Packet.Request request) {
        return request.sha256().isPresent() ? new Turn.Soon() : new Turn.Last();
    }

    @Override
    public Optional<Answer> answer(Packet.Request request, Lan lan) {
        if (request.method() != Packet.Method.GET || holdings.isOwn(request.id()) || !isOurs(request.backend())) {
            return Optional.empty();
        }
        boolean relay = request.maxHops() < Promise.MAX_HOPS;
        return share.offer(request, lan.name(), relay)
                .filter(hops -> hops == 0)
                .flatMap(hops -> addressOn(lan))
                .map(address -> new Answer(
                        AliasUrl.at(encrypted, new InetSocketAddress(address, listen.getPort()), path),
                        node,
                        new Promise(0, 0, 0, 1, 0)));
    }

    private boolean isOurs(BackendUrl asked) {
        if (asked.equals(holdings.backend())) {
            return true;
        }
        try {
            return FileUrl.parse(asked.toString()).backend().equals(holdings.backend());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private Optional<InetAddress> addressOn(Lan lan) {
        return listen.getAddress().isAnyLocalAddress()
                ? Optional.of(lan.address())
                : Optional.of(listen.getAddress()).filter(lan::onLink);
    }
}
