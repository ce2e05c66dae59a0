package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that know nothing of us, behind a mirror on a machine that has no route to the origin. */
final class MirrorTest {
    private static final String AT = "127.0.0.1:7580";
    private static final String FACE = "http://" + AT;
    private static final int MIB = 1 << 20;

    @TempDir
    Path dir;

    @Test
    void freshclamTakesWhatWasPublishedAndOnlyWhatChanged() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Files.writeString(site.published.resolve("rules.hdb"), Freshclam.hashes("Rule.One"));
            byte[] body = new byte[3 * MIB];
            new Random(1).nextBytes(body);
            Files.write(site.published.resolve("daily.cvd"), Freshclam.unsigned(body));
            site.publish();
            Service relay = site.site.startRelay(site.site.relayHost(), "relay");
            site.site.answering(1);
            Host machine = site.machine();
            mirror(site, machine);
            Freshclam freshclam = new Freshclam(machine, dir, FACE, "rules.hdb");

            assertThat(freshclam.update("custom").ok().out()).contains("rules.hdb updated");
            assertThat(freshclam.database("rules.hdb")).hasContent(Freshclam.hashes("Rule.One"));
            assertThat(freshclam.update("custom").ok().out())
                    .as("by its conditional request")
                    .contains("rules.hdb is up-to-date");

            // Its own format it reads in ranges, and believes ClamAV's signature alone, whoever else vouches for it.
            Shell.Result own = freshclam.update("daily");
            assertThat(own.code()).isNotZero();
            assertThat(own.out())
                    .contains("daily database available for download (remote version: 1)")
                    .contains("Can't verify database integrity");
            assertThat(machine.run("curl", "-sf", "-o", dir.resolve("got").toString(), FACE + "/daily.cvd")
                            .code())
                    .isZero();
            assertThat(dir.resolve("got")).hasSameBinaryContentAs(site.published.resolve("daily.cvd"));

            Files.writeString(site.published.resolve("rules.hdb"), Freshclam.hashes("Rule.One", "Rule.Two"));
            site.publish();
            Awaitility.await("the change arrives")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(3))
                    .until(() -> freshclam.update("custom").ok().out().contains("rules.hdb updated"));
            assertThat(freshclam.database("rules.hdb")).hasContent(Freshclam.hashes("Rule.One", "Rule.Two"));

            // Nobody is there any more; what holds is given all the same.
            relay.kill();
            Files.delete(freshclam.database("rules.hdb"));
            assertThat(freshclam.update("custom").ok().out()).contains("rules.hdb updated");
        }
    }

    @Test
    void aptInstallsAndUpgradesAPackageThatWasPublished() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Apt apt = new Apt(dir);
            apt.publish(site.published.resolve("rules"), "1.0");
            site.publish();
            site.site.startRelay(site.site.relayHost(), "relay");
            site.site.answering(1);
            Host machine = site.machine();
            mirror(site, machine);
            String repository = FACE + "/rules";

            apt.get(machine, repository, "update").ok();
            apt.get(machine, repository, "install", "-y", "fw-rules").ok();
            assertThat(apt.installed()).hasContent(Apt.rules("1.0"));
            assertThat(apt.get(machine, repository, "update").ok().out())
                    .as("by its conditional request")
                    .contains("Hit:1 ");

            apt.publish(site.published.resolve("rules"), "1.1");
            site.publish();
            Awaitility.await("the change arrives")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(3))
                    .until(() ->
                            apt.get(machine, repository, "update").ok().out().contains("Get:1 "));
            apt.get(machine, repository, "upgrade", "-y").ok();
            assertThat(apt.installed()).hasContent(Apt.rules("1.1"));
        }
    }

    @Test
    void theFaceSpeaksHttpAsFilesDo() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Path file = site.put("av/main.bin", 5 * MIB + 77, 1);
            site.publish();
            site.site.startRelay(site.site.relayHost(), "relay");
            site.site.answering(1);
            Host machine = site.machine();
            Service mirror = mirror(site, machine);
            String url = FACE + "/av/main.bin";

            byte[] all = Files.readAllBytes(file);
            assertThat(curl(machine, url, "-r", "1048570-1048585")).isEqualTo("206");
            assertThat(dir.resolve("out")).hasBinaryContent(java.util.Arrays.copyOfRange(all, 1048570, 1048586));
            String head = machine.run("curl", "-sI", url).ok().out();
            assertThat(head).startsWith("HTTP/1.1 200").contains("Content-Length: " + all.length);
            String tag = field(head, "ETag");
            assertThat(curl(machine, url, "-H", "If-None-Match: " + tag)).isEqualTo("304");
            assertThat(curl(machine, url, "-H", "If-Modified-Since: " + field(head, "Last-Modified")))
                    .isEqualTo("304");
            assertThat(curl(machine, url, "-H", "If-Modified-Since: Sun, 01 Nov 2020 08:49:37 GMT"))
                    .isEqualTo("200");
            assertThat(dir.resolve("out")).hasSameBinaryContentAs(file);
            assertThat(curl(machine, FACE + "/av/other.bin")).isEqualTo("404");
            assertThat(curl(machine, FACE + "/%2e%2e/av/main.bin", "--path-as-is"))
                    .isEqualTo("404");
            assertThat(curl(machine, url, "-X", "PUT", "-d", "x")).isEqualTo("405");

            mirror.close();
            assertThat(mirror.exitCode()).as("told to stop").isEqualTo(143);
        }
    }

    @Test
    void withNothingThatHoldsItSaysWhenToComeBack() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Host machine = site.machine();
            mirror(site, machine);
            String head = machine.run("curl", "-sI", FACE + "/rules.hdb").ok().out();
            assertThat(head).startsWith("HTTP/1.1 503").contains("Retry-After: ");
        }
    }

    @Test
    void whatHasNoReleaseIsFetchedOncePerSiteByTheRelayWhoseOperatorNamedIt() throws Exception {
        try (UpdateSite site = new UpdateSite(dir)) {
            Path origin = Files.createDirectory(dir.resolve("origin"));
            Path log = dir.resolve("origin.log");
            byte[] big = new byte[8 * MIB + 5];
            new Random(7).nextBytes(big);
            Files.createDirectories(origin.resolve("debian/pool/g"));
            Files.write(origin.resolve("debian/pool/g/g++_1.0~a_all.deb"), big);
            Files.write(origin.resolve("secret"), new byte[] {1});
            site.site.backend.service(
                    java.util.Map.of(),
                    dir.resolve("origin.err"),
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            OriginServer.class.getName(),
                            origin.toString(),
                            "10.78.0.1:8000",
                            log.toString()));
            String url = "http://10.78.0.1:8000/debian";
            site.site.startRelay(site.site.relayHost(), "relay", "--origin", "deb=" + url);
            site.site.answering(1);
            List<Host> machines = List.of(site.machine(), site.machine(), site.machine());
            for (int i = 0; i < machines.size(); i++) {
                mirror(
                        site,
                        machines.get(i),
                        "--origin",
                        "debian=" + url,
                        "--data",
                        dir.resolve("m" + i).toString());
            }
            // All at once, and each twice.
            List<Service> gets = new java.util.ArrayList<>();
            for (int i = 0; i < 6; i++) {
                gets.add(machines.get(i % 3)
                        .background(
                                java.util.Map.of(),
                                dir.resolve("curl" + i),
                                List.of(
                                        "curl",
                                        "-sf",
                                        "-A",
                                        "Debian APT-HTTP/1.3",
                                        "-o",
                                        dir.resolve("got" + i).toString(),
                                        FACE + "/debian/pool/g/g%2b%2b_1.0%7ea_all.deb")));
            }
            for (int i = 0; i < 6; i++) {
                assertThat(gets.get(i).await(Duration.ofSeconds(90))).isZero();
                assertThat(dir.resolve("got" + i)).hasBinaryContent(big);
            }
            assertThat(Files.readAllLines(log))
                    .as("one fetch for the site, in the client's own name")
                    .containsExactly("200 /debian/pool/g/g++_1.0~a_all.deb " + big.length + " Debian APT-HTTP/1.3");

            // It is asked about again, and comes only when it has changed.
            Host one = machines.getFirst();
            String file = FACE + "/debian/pool/g/g++_1.0~a_all.deb";
            Awaitility.await("both have asked again")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(2))
                    .until(() -> curl(one, file, "-r", "0-9").equals("206")
                            && Files.readAllLines(log).size() == 2);
            assertThat(Files.readAllLines(log).getLast()).startsWith("304 ").contains(" 0 curl/");

            // Nothing beside what was named, and no way to it.
            assertThat(curl(one, FACE + "/debian/none")).isEqualTo("404");
            assertThat(curl(one, FACE + "/debian/../secret", "--path-as-is")).isEqualTo("404");
            assertThat(curl(one, FACE + "/debian/%2e%2e/secret", "--path-as-is"))
                    .isEqualTo("404");
            assertThat(curl(one, FACE + "/secret")).isIn("404", "503");
            assertThat(Files.readString(log)).doesNotContain("secret");

            // The client's own signatures say whether it is right.
            Apt apt = new Apt(Files.createDirectory(dir.resolve("apt")));
            apt.publish(origin.resolve("debian/rules"), "1.0");
            apt.get(one, FACE + "/debian/rules", "update").ok();
            apt.get(one, FACE + "/debian/rules", "install", "-y", "fw-rules").ok();
            assertThat(apt.installed()).hasContent(Apt.rules("1.0"));
            Path release = origin.resolve("debian/rules/dists/stable/InRelease");
            Files.writeString(release, Files.readString(release).replace("Suite: stable", "Suite: forged"));
            Awaitility.await("the change arrives, and is refused")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(3))
                    .until(() ->
                            apt.get(one, FACE + "/debian/rules", "update").err().contains("BADSIG"));

            // Without the origin what is here is given as it is.
            Net.ip("-n", site.site.backend.namespace(), "link", "set", "eth0", "down");
            assertThat(curl(machines.getLast(), file)).isEqualTo("200");
            assertThat(dir.resolve("out")).hasBinaryContent(big);
        }
    }

    private Service mirror(UpdateSite site, Host machine, String... more) {
        return machine.service(
                dir.resolve(machine.namespace() + ".log"),
                Shell.list(
                                List.of(
                                        "mirror",
                                        "--listen",
                                        AT,
                                        "--to",
                                        Site.URL,
                                        "--trust",
                                        site.site.anchor.toString(),
                                        "--connect-to",
                                        Site.BACKEND_AT,
                                        "--interface",
                                        "eth0",
                                        "--json"),
                                List.of(more).contains("--data")
                                        ? List.of(more)
                                        : Shell.list(
                                                List.of(
                                                        "--data",
                                                        dir.resolve("mirror").toString()),
                                                List.of(more)))
                        .toArray(String[]::new));
    }

    /** The status; the body is in {@code out}. */
    private String curl(Host machine, String url, String... more) throws IOException {
        Files.deleteIfExists(dir.resolve("out"));
        return machine.run(Shell.list(
                                List.of("curl", "-s", "-o", dir.resolve("out").toString(), "-w", "%{http_code}", url),
                                List.of(more))
                        .toArray(String[]::new))
                .ok()
                .out();
    }

    private static String field(String head, String name) {
        return head.lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2).strip())
                .findFirst()
                .orElseThrow(() -> new AssertionError(head));
    }
}
