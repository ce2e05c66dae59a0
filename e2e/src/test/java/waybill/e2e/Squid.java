package waybill.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * A stranger's proxy on one host: it wants a user and a password, makes tunnels to the ports of backends only, and alone
 * knows a backend's name.
 */
final class Squid {
    /** With a colon and an at sign, which have a meaning in a URL. */
    static final String PASSWORD = "p@ss:w/rd";

    private final String address;
    private final Path log;

    private Squid(String address, Path log) {
        this.address = address;
        this.log = log;
    }

    /**
     * Starts it.
     *
     * @param address {@code ADDRESS:PORT} where it listens
     * @param names of hosts that it knows, {@code 10.78.0.1 backend.example}
     */
    static Squid start(Host host, Path dir, String address, String names) {
        try {
            Path own = Files.createDirectories(dir.resolve("squid"));
            Files.writeString(own.resolve("hosts"), names + "\n");
            String hash = Shell.run("openssl", "passwd", "-apr1", PASSWORD).ok().out();
            Files.writeString(own.resolve("users"), "plant:" + hash);
            Path config = own.resolve("squid.conf");
            Files.writeString(config, """
                    http_port %1$s
                    visible_hostname proxy.example
                    pid_filename %2$s/squid.pid
                    access_log stdio:%2$s/access.log
                    logfile_rotate 0
                    cache_log %2$s/cache.log
                    coredump_dir %2$s
                    netdb_filename none
                    pinger_enable off
                    cache deny all
                    hosts_file %2$s/hosts
                    auth_param basic program /usr/lib/squid/basic_ncsa_auth %2$s/users
                    auth_param basic children 1
                    auth_param basic realm plant
                    acl known proxy_auth REQUIRED
                    acl tunnel method CONNECT
                    acl backends port 443 8443
                    http_access deny !known
                    http_access allow tunnel backends
                    http_access deny all
                    shutdown_lifetime 0 seconds
                    """.formatted(address, own));
            // It will not run as root, and there may be no other user where everybody is root in a namespace of his
            // own.
            host.background(
                    Map.of(),
                    own.resolve("out.log"),
                    List.of("unshare", "-U", "squid", "-N", "-d", "1", "-f", config.toString()));
            String[] at = address.split(":");
            Awaitility.await("squid listens")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> host.run("bash", "-c", "exec 3<>/dev/tcp/" + at[0] + "/" + at[1])
                                    .code()
                            == 0);
            return new Squid(address, own.resolve("access.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its URL without credentials. */
    String url() {
        return "http://" + address;
    }

    /** Its URL with the right credentials. */
    String urlWithCredentials() {
        return "http://plant:p%40ss%3Aw%2Frd@" + address;
    }

    /** What it was asked for, a line a request; that of a tunnel is there when the tunnel has ended. */
    List<String> asked() {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
