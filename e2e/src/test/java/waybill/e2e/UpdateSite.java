package waybill.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A site that is kept up to date: a LAN with machines and relays, and an origin behind it that counts what leaves it. Only
 * relays have a route to the origin.
 */
final class UpdateSite implements AutoCloseable {
    static final String NAME = "daily.cvd";
    static final String FILE = Site.URL + "/files/" + NAME;

    final Site site;
    final Path dir;
    final Path published;
    private int machines;

    UpdateSite(Path dir) {
        this.dir = dir;
        this.site = new Site(dir);
        this.published = dir.resolve("published");
        try {
            Files.createDirectories(published);
            site.startBackend();
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Puts a file of random bytes where the next publication takes it from. */
    Path put(String name, int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        try {
            Path file = published.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Publishes what was put; gives the number. */
    long publish(String... more) {
        Shell.Result result = site.backend.waybill(Shell.list(
                        List.of(
                                "publish",
                                published.toString(),
                                "--backend",
                                dir.resolve("backend").toString(),
                                "--json"),
                        List.of(more))
                .toArray(String[]::new));
        return Site.json(result.ok()).path("release").asLong();
    }

    /** A machine of the LAN without a route to the origin. */
    Host machine() {
        int number = ++machines;
        Host host = site.net.host("m" + number);
        site.net.plug(host, site.lan, "eth0", "10.77.0." + (100 + number) + "/24");
        return host;
    }

    /** What a machine calls to fetch the one file; it keeps its state and the file in directories of this name. */
    List<String> fetch(String machine, String... more) {
        return Shell.list(
                List.of(
                        Host.WAYBILL,
                        "fetch",
                        FILE,
                        "-o",
                        got(machine).toString(),
                        "--trust",
                        site.anchor.toString(),
                        "--interface",
                        "eth0",
                        "--connect-to",
                        Site.BACKEND_AT,
                        "--data",
                        dir.resolve(machine).toString(),
                        "--json",
                        "-v"),
                List.of(more));
    }

    /** Where a machine has the file. */
    Path got(String machine) {
        return dir.resolve(machine + ".cvd");
    }

    /** Begins to fetch on so many machines at once. */
    List<Service> fetchOn(List<Host> hosts, String... more) {
        List<Service> running = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            running.add(
                    hosts.get(i).background(Map.of(), dir.resolve("fetch" + i + ".log"), fetch("machine" + i, more)));
        }
        return running;
    }

    /** Bytes that have left the origin since its start. */
    long originBytes() {
        JsonNode counters = json(site.backend
                .run("ip", "-j", "-s", "link", "show", "dev", "eth0")
                .ok());
        return counters.path(0).path("stats64").path("tx").path("bytes").asLong();
    }

    private static JsonNode json(Shell.Result result) {
        try {
            return new com.fasterxml.jackson.databind.ObjectMapper().readTree(result.out());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        site.close();
    }
}
