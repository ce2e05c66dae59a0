package waybill.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import waybill.protocol.NodeId;

/**
 * To whom a request is addressed, and from where an answer to it is taken (section 2.1): everybody on a LAN, one relay
 * that an operator named, or one that advertises itself. Immutable.
 */
public sealed interface Addressee permits Lan, NamedRelay.At, Advertised {
    /** The interface's name, or the relay as it was named; for people. */
    String name();

    /**
     * Where the request is sent.
     *
     * @param port the UDP port of discovery, which a named relay has of its own
     */
    InetSocketAddress destination(int port);

    /** Whether an answer from this address can be one to this addressee. */
    boolean mayAnswer(InetAddress source);

    /** The one node that is meant; empty if any is. */
    default Optional<NodeId> pin() {
        return Optional.empty();
    }
}
