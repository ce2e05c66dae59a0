package waybill.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A neighbour that says of itself that it is a relay (section 2.5): asked by unicast, and treated like any other that
 * answers. Immutable.
 *
 * @param lan on which it is a neighbour
 * @param address its own, and its UDP port of discovery
 */
public record Advertised(Lan lan, InetSocketAddress address) implements Addressee {
    /** The interface's, as of any neighbour. */
    @Override
    public String name() {
        return lan.name();
    }

    @Override
    public InetSocketAddress destination(int port) {
        return address;
    }

    @Override
    public boolean mayAnswer(InetAddress source) {
        return address.getAddress().equals(source);
    }
}
