package waybill.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A stranger that speaks Multicast DNS on one machine of a {@link Net}: avahi, with a bus and a {@code /run} of its own. */
final class Avahi implements AutoCloseable {
    private static final String BUS = """
            <busconfig>
              <type>system</type>
              <listen>unix:path=/run/dbus/system_bus_socket</listen>
              <auth>EXTERNAL</auth>
              <policy context="default">
                <allow send_destination="*"/>
                <allow receive_sender="*"/>
                <allow own="*"/>
                <allow user="*"/>
              </policy>
            </busconfig>
            """;
    /** The first argument is the bus's configuration, the second avahi's. */
    private static final String START = """
            PATH=$PATH:/usr/sbin:/sbin
            mount -t tmpfs none /run && mkdir -p /run/dbus || exit 1
            dbus-daemon --nofork --nopidfile --config-file="$0" & bus=$!
            avahi=
            trap 'kill $bus $avahi; exit 0' TERM
            for i in $(seq 100); do [ ! -S /run/dbus/system_bus_socket ] || break; sleep 0.05; done
            avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$1" & avahi=$!
            wait $avahi
            """;

    private final Host host;
    private final Path dir;
    private final Service service;
    private int published;

    private Avahi(Host host, Path dir, Service service) {
        this.host = host;
        this.dir = dir;
        this.service = service;
    }

    /** Starts it on the machine's {@code eth0}. */
    static Avahi start(Host host, Path parent, String name) {
        Path dir = parent.resolve("avahi-" + name);
        try {
            Files.createDirectories(dir);
            Path bus = Files.writeString(dir.resolve("bus.conf"), BUS);
            Path daemon = Files.writeString(dir.resolve("avahi.conf"), """
                    [server]
                    host-name=%s
                    allow-interfaces=eth0
                    enable-dbus=yes
                    [publish]
                    publish-hinfo=no
                    publish-workstation=no
                    """.formatted(name));
            Service service = host.background(
                    Map.of(),
                    dir.resolve("log"),
                    List.of("unshare", "-m", "sh", "-c", START, bus.toString(), daemon.toString()));
            Avahi avahi = new Avahi(host, dir, service);
            Awaitility.await("avahi is ready on " + name)
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> service.log().contains("Server startup complete"));
            return avahi;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it knows of relays: the lines of {@code avahi-browse -rpt} that say where one is. */
    List<String> browse() {
        return Shell.run(inside("avahi-browse", "-rpt", "_waybill._tcp").toArray(String[]::new))
                .ok()
                .out()
                .lines()
                .filter(line -> line.startsWith("="))
                .toList();
    }

    /** {@code avahi-publish ARGS}, until it is closed. */
    Service publish(String... args) {
        Service publisher = host.anywhere(
                dir.resolve("published-" + ++published),
                inside(Shell.list(List.of("avahi-publish"), List.of(args)).toArray(String[]::new)));
        Awaitility.await("published: " + List.of(args))
                .atMost(Duration.ofSeconds(20))
                .until(() -> publisher.log().contains("Established"));
        return publisher;
    }

    /** In its namespaces, where its bus is. */
    private List<String> inside(String... command) {
        return Shell.list(List.of("nsenter", "-t", Long.toString(service.pid()), "-n", "-m"), List.of(command));
    }

    @Override
    public void close() {
        service.close();
    }
}
