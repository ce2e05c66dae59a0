package waybill.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hosts on bridges, each in a network namespace of its own; the machine's own interfaces are never touched. Everything is
 * removed when it is closed.
 */
final class Net implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String prefix = "wb" + ProcessHandle.current().pid() % 100_000 + "n" + COUNT.incrementAndGet();
    private final List<String> namespaces = new ArrayList<>();
    private final List<Host> hosts = new ArrayList<>();
    private int links;

    /** A network segment: a bridge in a namespace of its own. */
    final class Segment {
        private final String namespace;

        private Segment(String name) {
            namespace = add(name);
            ip("-n", namespace, "link", "add", "br0", "type", "bridge");
            ip("-n", namespace, "link", "set", "br0", "up");
        }

        /** Passes no broadcast on to what is plugged in at this port, as some switches and most guest networks do. */
        void withholdBroadcasts(String port) {
            ip("-n", namespace, "link", "set", port, "type", "bridge_slave", "bcast_flood", "off");
        }

        /** Nor any multicast. */
        void withholdMulticasts(String port) {
            ip("-n", namespace, "link", "set", port, "type", "bridge_slave", "mcast_flood", "off");
        }

        /** Cuts or mends all of it. */
        void up(boolean up) {
            ip("-n", namespace, "link", "set", "br0", up ? "up" : "down");
        }
    }

    /** A bridge. */
    Segment segment(String name) {
        return new Segment(name);
    }

    /** A machine with its loopback only. */
    Host host(String name) {
        Host host = new Host(name, add(name));
        hosts.add(host);
        return host;
    }

    /** Plugs a machine into a segment: the interface's name and its address, {@code 10.7.0.2/24}; gives the port. */
    String plug(Host host, Segment segment, String device, String address) {
        String port = plug(host, segment, device);
        ip("-n", host.namespace(), "addr", "add", address, "broadcast", "+", "dev", device);
        return port;
    }

    /** As above, but the interface has no IPv4 address. */
    String plug(Host host, Segment segment, String device) {
        String far = "p" + ++links;
        ip(
                "-n",
                segment.namespace,
                "link",
                "add",
                far,
                "type",
                "veth",
                "peer",
                "name",
                device,
                "netns",
                host.namespace());
        ip("-n", segment.namespace, "link", "set", far, "master", "br0", "up");
        ip("-n", host.namespace(), "link", "set", device, "up");
        return far;
    }

    /** Has a machine reach a network by a router. */
    static void route(Host host, String network, String router) {
        ip("-n", host.namespace(), "route", "add", network, "via", router);
    }

    /** Lets only so much leave by a device, {@code 32mbit}: what goes through it takes its time. */
    static void slow(Host host, String device, String rate) {
        Shell.run(
                        "tc",
                        "-n",
                        host.namespace(),
                        "qdisc",
                        "add",
                        "dev",
                        device,
                        "root",
                        "tbf",
                        "rate",
                        rate,
                        "burst",
                        "64kb",
                        "latency",
                        "400ms")
                .ok();
    }

    /** Takes that back. */
    static void unslow(Host host, String device) {
        Shell.run("tc", "-n", host.namespace(), "qdisc", "del", "dev", device, "root")
                .ok();
    }

    private String add(String name) {
        String namespace = prefix + name;
        ip("netns", "add", namespace);
        namespaces.add(namespace);
        ip("-n", namespace, "link", "set", "lo", "up");
        return namespace;
    }

    static void ip(String... args) {
        Shell.run(Shell.list(List.of("ip"), List.of(args)).toArray(String[]::new))
                .ok();
    }

    @Override
    public void close() {
        hosts.forEach(Host::close);
        namespaces.forEach(namespace -> Shell.run("ip", "netns", "del", namespace));
    }
}
