package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/send.sh}: a sender of curl, age, tar and openssl alone. */
final class SendScriptTest {
    private static final String SCRIPT =
            Path.of("../examples/send.sh").toAbsolutePath().normalize().toString();

    @TempDir
    Path dir;

    @Test
    void deliversThroughARelayAndVerifies() throws Exception {
        try (Site site = new Site(dir)) {
            site.startBackend();
            site.startRelay(site.relayHost(), "relay", "--every", "1s");
            JsonNode relay = relay(site);
            Path file = site.file("it's <a> \"log\" & more.bin", 200_000, 1);
            Path out = dir.resolve("out");

            Shell.Result sent = site.sender
                    .run(
                            "bash",
                            SCRIPT,
                            relay.path("alias").asText(),
                            relay.path("node").asText(),
                            Site.URL,
                            site.anchor.toString(),
                            file.toString(),
                            out.toString())
                    .ok();

            assertThat(sent.out()).contains("delivered ");
            String id = sent.out().split(" ", 3)[1].replace(";", "");
            site.sender
                    .waybill(
                            "verify",
                            out.resolve(id + ".receipt").toString(),
                            "--trust",
                            site.anchor.toString(),
                            "--parcel",
                            out.resolve(id + ".age").toString(),
                            "--file",
                            file.toString())
                    .ok();
            Path opened = dir.resolve("opened");
            site.backend
                    .waybill(
                            "open",
                            site.stored().getFirst().toString(),
                            "--identity",
                            dir.resolve("backend/offline/identity.txt").toString(),
                            "-C",
                            opened.toString())
                    .ok();
            assertThat(opened.resolve("files").resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
    }

    @Test
    void endsWithFourIfNoReceiptComes() throws Exception {
        try (Site site = new Site(dir)) {
            Service backend = site.startBackend();
            site.startRelay(site.relayHost(), "relay", "--every", "3s");
            JsonNode relay = relay(site);
            // the profile is fetched and kept by the relay before its backend goes away
            site.sender
                    .run("curl", "-sk", relay.path("alias").asText() + "/profile", "-o", "/dev/null")
                    .ok();
            backend.kill();
            Path file = site.file("x.bin", 1000, 2);
            Shell.Result sent = site.sender
                    .run(
                            "bash",
                            SCRIPT,
                            relay.path("alias").asText(),
                            relay.path("node").asText(),
                            Site.URL,
                            site.anchor.toString(),
                            file.toString(),
                            dir.resolve("out").toString())
                    .code(4);
            assertThat(sent.err()).contains("no receipt in time");
        }
    }

    @Test
    void refusesARelayWithAnotherKeyAndAnotherBackendsAnchor() throws Exception {
        try (Site site = new Site(dir)) {
            site.startBackend();
            site.startRelay(site.relayHost(), "relay");
            JsonNode relay = relay(site);
            Path file = site.file("x.bin", 1000, 3);
            String other = "A".repeat(42) + "E";
            assertThat(site.sender
                            .run(
                                    "bash",
                                    SCRIPT,
                                    relay.path("alias").asText(),
                                    other,
                                    Site.URL,
                                    site.anchor.toString(),
                                    file.toString(),
                                    dir.resolve("out").toString())
                            .code())
                    .isEqualTo(4);
            Path foreign = dir.resolve("foreign");
            site.sender
                    .waybill("backend", "init", foreign.toString(), "--host", Site.HOST)
                    .ok();
            assertThat(site.sender
                            .run(
                                    "bash",
                                    SCRIPT,
                                    relay.path("alias").asText(),
                                    relay.path("node").asText(),
                                    Site.URL,
                                    foreign.resolve("anchor.pem").toString(),
                                    file.toString(),
                                    dir.resolve("out").toString())
                            .code())
                    .isEqualTo(5);
            assertThat(Files.exists(dir.resolve("backend/data/upload")) ? site.stored() : java.util.List.of())
                    .isEmpty();
        }
    }

    @Test
    void takesNoRefusalForARecipientThatAHopMadeUp() throws Exception {
        try (Site site = new Site(dir)) {
            site.startBackend();
            site.startRelay(site.relayHost(), "relay", "--every", "1s");
            JsonNode relay = relay(site);
            // in place of a hop that claims another recipient: a curl that does
            String curl =
                    site.sender.run("sh", "-c", "command -v curl").ok().out().strip();
            Path hop = Files.createDirectories(dir.resolve("hop")).resolve("curl");
            Files.writeString(hop, """
                    #!/bin/bash
                    other='Waybill-Recipient: age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'
                    exec %s "${@/#Waybill-Recipient: */$other}"
                    """.formatted(curl));
            assertThat(hop.toFile().setExecutable(true)).isTrue();

            Shell.Result sent = site.sender
                    .run(
                            "env",
                            "PATH=" + hop.getParent() + ":" + System.getenv("PATH"),
                            "bash",
                            SCRIPT,
                            relay.path("alias").asText(),
                            relay.path("node").asText(),
                            Site.URL,
                            site.anchor.toString(),
                            site.file("x.bin", 1000, 4).toString(),
                            dir.resolve("out").toString())
                    .code(5);

            assertThat(sent.err()).contains("a recipient that the parcel was not sealed to");
        }
    }

    private static JsonNode relay(Site site) {
        return site.answering(1).path("relays").path(0);
    }
}
