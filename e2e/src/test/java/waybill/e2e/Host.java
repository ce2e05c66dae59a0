package waybill.e2e;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** One machine of a {@link Net}: runs commands in its namespace, and ends what it started. */
final class Host implements AutoCloseable {
    /** The launcher of the packaged program. */
    static final String WAYBILL =
            Path.of("..").toAbsolutePath().normalize().resolve("waybill").toString();

    private final String name;
    private final String namespace;
    private final List<Service> services = new ArrayList<>();

    Host(String name, String namespace) {
        this.name = name;
        this.namespace = namespace;
    }

    String namespace() {
        return namespace;
    }

    /** Runs a command to its end, two minutes at the most. */
    Shell.Result run(String... command) {
        return run(Map.of(), Duration.ofMinutes(2), List.of(command));
    }

    Shell.Result run(Map<String, String> environment, Duration most, List<String> command) {
        return Shell.run(inside(command), environment, Optional.empty(), most);
    }

    /** Runs {@code waybill ARGS} to its end. */
    Shell.Result waybill(String... args) {
        return run(Shell.list(List.of(WAYBILL), List.of(args)).toArray(String[]::new));
    }

    /** Starts {@code waybill ARGS} and waits until it says that it listens; its words go to this log. */
    Service service(Path log, String... args) {
        return service(Map.of(), log, Shell.list(List.of(WAYBILL), List.of(args)));
    }

    /** Starts any command that prints a JSON line with {@code "event":"listening"} when it is ready. */
    Service service(Map<String, String> environment, Path log, List<String> command) {
        Service service = Service.start(name, inside(command), environment, log);
        services.add(service);
        return service.listening();
    }

    /** Starts a command that goes into the namespaces it wants by itself. */
    Service anywhere(Path log, List<String> command) {
        Service service = Service.start(name, command, Map.of(), log);
        services.add(service);
        return service;
    }

    /** Starts a command without waiting for a word of it. */
    Service background(Map<String, String> environment, Path log, List<String> command) {
        Service service = Service.start(name, inside(command), environment, log);
        services.add(service);
        return service;
    }

    /** Waits until nobody is found to have the interface's link-local address too. */
    void settled(String device) {
        Awaitility.await(device + " has a link-local address")
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    String six = run("ip", "-6", "addr", "show", "dev", device, "scope", "link")
                            .ok()
                            .out();
                    return six.contains("inet6 fe80") && !six.contains("tentative");
                });
    }

    /** Has no IPv6 on this interface from now on. */
    void withoutIpv6(String device) {
        run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/" + device + "/disable_ipv6")
                .ok();
    }

    List<String> inside(List<String> command) {
        return Shell.list(List.of("ip", "netns", "exec", namespace), command);
    }

    @Override
    public void close() {
        services.forEach(Service::close);
    }
}
