package waybill.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * Where to ask or to listen, read anew whenever it matters: addresses come and go while a service runs. Implementations are
 * safe for use by several threads.
 */
@FunctionalInterface
public interface Lans {
    /**
     * The subnets at this moment; none only where none is wanted.
     *
     * @throws IOException if there is none; the message says which interfaces exist
     */
    List<Lan> now() throws IOException;

    /** As {@link #now}, but what is missing at this moment is left out. */
    default List<Lan> present() throws IOException {
        return now();
    }

    /** This machine's own addresses at which it can be asked by unicast, each with nobody near it. */
    default List<Lan> homes() throws IOException {
        return now().stream()
                .map(lan -> Lan.alone(lan.name(), lan.address()))
                .distinct()
                .toList();
    }

    /** These, asked by unicast at no other address than this. */
    default Lans only(InetAddress home) {
        Lans all = this;
        return new Lans() {
            @Override
            public List<Lan> now() throws IOException {
                return all.now();
            }

            @Override
            public List<Lan> present() throws IOException {
                return all.present();
            }

            @Override
            public List<Lan> homes() throws IOException {
                return all.homes().stream()
                        .filter(one -> one.address().equals(home))
                        .toList();
            }
        };
    }

    /** Those of the named interfaces, as {@link Lan#named} reads them. */
    static Lans named(List<String> interfaces) {
        List<String> names = List.copyOf(interfaces);
        return new Lans() {
            @Override
            public List<Lan> now() throws IOException {
                return Lan.named(names);
            }

            @Override
            public List<Lan> present() throws IOException {
                return Lan.present(names, Lan.Nic.all());
            }

            @Override
            public List<Lan> homes() throws IOException {
                return Lan.homes(names, Lan.Nic.all());
            }
        };
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
