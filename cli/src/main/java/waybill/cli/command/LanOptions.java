package waybill.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Where discovery happens. */
final class LanOptions {
    @Option(
            names = "--interface",
            paramLabel = "IF",
            split = ",",
            description = "Ask and answer on this interface only; may be repeated; none for no interface at all"
                    + " (default: all but the loopback).")
    private List<String> interfaces = new ArrayList<>();

    @Option(
            names = "--discovery-port",
            paramLabel = "PORT",
            defaultValue = "7506",
            description = "UDP port of discovery (default: ${DEFAULT-VALUE}).")
    private int port = 7506;

    @Option(
            names = "--no-dns-sd",
            description = "Neither advertise a relay by DNS-SD (mDNS) nor look for relays there.")
    private boolean noDnsSd;

    @Option(names = "--allow-plain-lan", description = "Use plain HTTP on the LAN; then nothing proves who a relay is.")
    private boolean plain;

    List<String> interfaces() {
        return List.copyOf(interfaces);
    }

    int port() {
        return port;
    }

    boolean dnsSd() {
        return !noDnsSd;
    }

    boolean plain() {
        return plain;
    }
}
