package waybill.discovery;

import java.io.IOException;
import java.util.List;

/**
 * Where to ask or to listen, read anew whenever it matters: addresses come and go while a service runs.
 *
 * <p>Implementations are safe for use by several threads. Relays named by {@code HOST:PORT} for routed networks, asked by
 * unicast, are to find their place beside this.
 */
@FunctionalInterface
public interface Lans {
    /**
     * The subnets at this moment, at least one.
     *
     * @throws IOException if there is none; the message says which interfaces exist
     */
    List<Lan> now() throws IOException;

    /** Those of the named interfaces, as {@link Lan#named} reads them. */
    static Lans named(List<String> interfaces) {
        List<String> names = List.copyOf(interfaces);
        return () -> Lan.named(names);
    }

    /** The loopback alone: nothing leaves the machine. */
    static Lans loopback() {
        return () -> List.of(Lan.loopback());
    }

    /** Always these. */
    static Lans fixed(List<Lan> lans) {
        List<Lan> copy = List.copyOf(lans);
        return () -> copy;
    }
}
