package waybill.hop.client;

import java.nio.charset.StandardCharsets;
import waybill.hop.Peer;
import waybill.hop.wire.HopHeaders;

/** The head of one request, field by field (RFC 9112). For one thread. */
final class OutgoingHead {
    private final StringBuilder text = new StringBuilder(512);

    private OutgoingHead() {}

    /**
     * What every call says, that about the backend included (section 3.2).
     *
     * @param path below the peer's base, with its leading slash and query; empty for the base itself
     */
    static OutgoingHead to(Peer peer, String method, String path) {
        return to(peer, method, path, "waybill");
    }

    /**
     * The same in another name.
     *
     * @param agent who says that he asks
     */
    static OutgoingHead to(Peer peer, String method, String path, String agent) {
        OutgoingHead head = new OutgoingHead();
        head.text
                .append(method)
                .append(' ')
                .append(peer.base().getRawPath())
                .append(path)
                .append(" HTTP/1.1\r\n");
        head.with("Host", peer.base().getRawAuthority());
        head.with("User-Agent", agent);
        peer.backend().ifPresent(backend -> head.with(HopHeaders.BACKEND, backend.toString()));
        return head;
    }

    /** One more field; neither name nor value has a line's end. */
    OutgoingHead with(String name, String value) {
        text.append(name).append(": ").append(value).append("\r\n");
        return this;
    }

    /** As it is sent, with the empty line at its end. */
    byte[] bytes() {
        return (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }
}
