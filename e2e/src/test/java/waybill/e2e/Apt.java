package waybill.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Debian's own tools around a repository of one package, signed by a key of the test: dpkg-deb, apt-ftparchive and gpg make
 * it, apt-get installs from it into a root of its own. Nothing of the machine's packages is touched.
 */
final class Apt {
    private static final Duration MOST = Duration.ofMinutes(2);

    private final Path dir;
    private final Path root;
    private final Path key;

    /** Keeps its things in this directory. */
    Apt(Path dir) {
        this.dir = dir;
        this.root = dir.resolve("root");
        this.key = dir.resolve("rules.gpg");
    }

    /** Makes the repository anew with this version of the package, signed. */
    void publish(Path repository, String version) {
        try {
            Path build = dir.resolve("build");
            Files.createDirectories(build.resolve("DEBIAN"));
            Files.createDirectories(build.resolve("etc/fw-rules"));
            Files.writeString(build.resolve("DEBIAN/control"), """
                    Package: fw-rules
                    Version: %s
                    Architecture: all
                    Maintainer: Rules <rules@example.org>
                    Description: firewall rules
                    """.formatted(version));
            Files.writeString(build.resolve("etc/fw-rules/rules"), rules(version));
            Path pool = Files.createDirectories(repository.resolve("pool"));
            try (Stream<Path> old = Files.list(pool)) {
                for (Path file : old.toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sh("""
                dpkg-deb --root-owner-group -b "$DIR/build" "$REPO/pool/fw-rules_%s_all.deb"
                cd "$REPO"
                arch=$(dpkg --print-architecture)
                mkdir -p "dists/stable/main/binary-$arch"
                apt-ftparchive packages pool >"dists/stable/main/binary-$arch/Packages"
                gzip -kf9 "dists/stable/main/binary-$arch/Packages"
                about=APT::FTPArchive::Release
                apt-ftparchive -o $about::Suite=stable -o $about::Codename=stable -o $about::Components=main \\
                    -o "$about::Architectures=$arch" release dists/stable >"$DIR/Release"
                mv "$DIR/Release" dists/stable/Release
                if [ ! -d "$GNUPGHOME" ]; then
                    mkdir -m 700 "$GNUPGHOME"
                    gpg -q --batch --passphrase '' --quick-gen-key 'Rules <rules@example.org>' ed25519 sign never
                    gpg -q --export >"$DIR/rules.gpg"
                fi
                gpg -q --batch --yes --clearsign -o dists/stable/InRelease dists/stable/Release
                gpgconf --kill gpg-agent
                """.formatted(version), Map.of("REPO", repository.toString()));
    }

    /** What the package's file says in this version. */
    static String rules(String version) {
        return "drop from 192.0.2.0/24 # " + version + "\n";
    }

    /** What is installed of it. */
    Path installed() {
        return root.resolve("etc/fw-rules/rules");
    }

    /** Runs {@code apt-get ARGS} on a host; it knows this one repository and this one key. */
    Shell.Result get(Host host, String repository, String... args) {
        Path config = dir.resolve("apt.conf");
        try {
            for (String folder : List.of(
                    "etc/apt/apt.conf.d",
                    "etc/apt/preferences.d",
                    "etc/apt/sources.list.d",
                    "etc/apt/trusted.gpg.d",
                    "var/lib/dpkg/updates",
                    "var/lib/dpkg/info",
                    "var/lib/dpkg/triggers",
                    "var/lib/apt/lists/partial",
                    "var/cache/apt/archives/partial",
                    "var/log/apt")) {
                Files.createDirectories(root.resolve(folder));
            }
            Path status = root.resolve("var/lib/dpkg/status");
            if (!Files.exists(status)) {
                Files.createFile(status);
            }
            Files.writeString(
                    root.resolve("etc/apt/sources.list"),
                    "deb [signed-by=" + key + "] " + repository + " stable main\n");
            Files.writeString(config, """
                    Dir "%1$s";
                    Dir::State::status "%1$s/var/lib/dpkg/status";
                    Dir::Bin::methods "/usr/lib/apt/methods";
                    Dir::Bin::dpkg "/usr/bin/dpkg";
                    APT::Sandbox::User "root";
                    Acquire::Languages "none";
                    Acquire::http::Proxy "DIRECT";
                    DPkg::Options { "--root=%1$s"; "--force-not-root"; "--log=%1$s/var/log/dpkg.log"; };
                    """.formatted(root));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return host.run(
                Map.of("APT_CONFIG", config.toString(), "DEBIAN_FRONTEND", "noninteractive", "LC_ALL", "C"),
                MOST,
                Shell.list(List.of("apt-get"), List.of(args)));
    }

    private void sh(String script, Map<String, String> environment) {
        Map<String, String> all = new java.util.HashMap<>(environment);
        all.put("DIR", dir.toString());
        // The agent's socket lies in it, and a socket's path is short.
        all.put("GNUPGHOME", dir.resolve("gpg").toString());
        Shell.run(List.of("bash", "-euc", script), all, java.util.Optional.of(dir), MOST)
                .ok();
    }
}
