package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.e2e.BadInputScene.id;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import waybill.e2e.BadInputScene.Response;
import waybill.protocol.Sha256;

/** Names of files that are odd go through as they are, and those that could do harm nowhere. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadNamesTest {
    @SuppressWarnings("NullAway.Init")
    private BadInputScene scene;

    @BeforeAll
    void start(@TempDir Path dir) {
        scene = new BadInputScene(dir);
    }

    @AfterAll
    void stop() {
        scene.close();
    }

    @Test
    void oddNamesComeOutAsTheyWentInAndNowhereElse() throws Exception {
        Path folder = Files.createDirectories(scene.dir.resolve("odd"));
        TreeSet<String> names = new TreeSet<>(List.of(
                "-rf",
                "--to",
                "...",
                "..a",
                "a..",
                " ",
                "$(touch x)",
                "`id`;'\"",
                "%2e%2e%2f",
                "~",
                "*",
                "waybill.xml",
                "x".repeat(255),
                "e\u0301\u00e9\ud83d\ude80",
                "CON",
                "a:b|c<d>&amp;"));
        for (String name : names) {
            Files.writeString(folder.resolve(name), name);
        }
        int held = scene.site.stored().size();
        // Without a locale too, as under cron.
        Shell.Result sent = scene.site.sender.run(Shell.list(
                        List.of("env", "-C", folder.toString(), "LC_ALL=C", Host.WAYBILL),
                        List.of(scene.sendArgs("odd-sender", ".")))
                .toArray(String[]::new));
        sent.ok();
        assertThat(scene.site.stored()).hasSize(held + 1);
        Path waybill = Path.of(DeliveryTest.line(sent.out(), "waybill "));
        Path opened = scene.dir.resolve("odd-opened");
        open(parcelOf(waybill), opened).ok();
        try (Stream<Path> files = Files.walk(opened.resolve("files"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(names);
        }
        for (String name : names) {
            assertThat(opened.resolve("files").resolve(name)).hasContent(name);
        }
    }

    @Test
    void namesThatCouldFoolATerminalOrAPathAreRefused() throws Exception {
        Path folder = Files.createDirectories(scene.dir.resolve("evil"));
        int held = scene.site.stored().size();
        for (String name : List.of("a\nb", "a\u001b[31mred", "gpj\u202etxt.exe", "a\\..\\b")) {
            Path file = Files.writeString(folder.resolve(name), "x");
            Shell.Result refused = scene.send("evil-sender", file.toString()).code(2);
            assertThat(refused.err()).contains("cannot stand in a parcel").contains("hint: ");
            harmless(refused);
        }
        // Bytes that are no text would come out under another name.
        Path bytes = Files.createDirectories(scene.dir.resolve("bytes"));
        Shell.sh("cd '" + bytes + "' && echo x > $'caf\\xe9.txt'").ok();
        assertThat(scene.send("evil-sender", bytes.toString()).code(2).err()).contains("cannot stand in a parcel");
        Shell.Result missing = scene.send(
                        "evil-sender", folder.resolve("no\u001b[2Jne\n").toString())
                .code(6);
        harmless(missing);
        harmless(scene.site
                .sender
                .waybill("open", folder.resolve("\u001b[2J").toString(), "--identity", identity(), "-C", "x")
                .code(6));
        harmless(scene.site
                .sender
                .waybill(
                        "send",
                        "x",
                        "--to",
                        Site.URL,
                        "--trust",
                        folder.resolve("\u001b[2J").toString())
                .code(2));
        assertThat(scene.site.stored()).hasSize(held);
        assertThat(scene.outbox("evil-sender")).isEmpty();
    }

    @Test
    void aParcelThatClimbsOutOfItsFolderIsRefusedAndWritesNothing() throws Exception {
        String id = id();
        Path made = Files.createDirectories(scene.dir.resolve("hostile"));
        String content = "x\n";
        String sum = Sha256.of(content.getBytes(StandardCharsets.UTF_8)).hex();
        Files.writeString(made.resolve("waybill.xml"), """
                <?xml version="1.0" encoding="UTF-8"?>
                <waybill version="1.0" ID="%s" sender="" salt="9f86d081884c7d659a2feaa0c55ad015" created="2026-11-22T10:15:00Z">
                  <file name="../../climbed" size="2" sha256="%s" modified="2026-11-22T10:14:02Z"/>
                </waybill>
                """.formatted(id, sum));
        Files.writeString(made.resolve("climbed"), content);
        Path parcel = made.resolve("parcel.age");
        Shell.sh("cd '" + made
                        + "' && tar cP --format=pax --transform 's,^climbed,files/../../climbed,' climbed waybill.xml"
                        + " | age -r $(head -n 1 ../backend/online/recipients.txt) > parcel.age")
                .ok();
        int held = scene.site.stored().size();

        Response answer = scene.toBackend(id, "--data-binary", "@" + parcel);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(422);
        assertThat(answer.problem()).isEqualTo("urn:waybill:problem:bad-contents");
        assertThat(scene.site.stored()).hasSize(held);

        Path into = scene.dir.resolve("hostile-opened/into");
        Shell.Result opened = open(parcel, into).code(5);
        assertThat(opened.err()).contains("not opened");
        try (Stream<Path> files = Files.walk(scene.dir.resolve("hostile-opened"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(scene.dir.resolve("climbed")).doesNotExist();
    }

    // --- helpers

    private Shell.Result open(Path parcel, Path into) {
        return scene.site.backend.waybill("open", parcel.toString(), "--identity", identity(), "-C", into.toString());
    }

    private String identity() {
        return scene.dir.resolve("backend/offline/identity.txt").toString();
    }

    /** The stored parcel of the task that a kept waybill is of. */
    private Path parcelOf(Path waybill) {
        String id = waybill.getFileName().toString().substring(0, 36);
        return scene.site.stored().stream()
                .filter(file -> file.getFileName().toString().startsWith(id))
                .findFirst()
                .orElseThrow();
    }

    private static void harmless(Shell.Result result) {
        assertThat(result.out() + result.err())
                .doesNotContain("\u001b")
                .doesNotContain("\u202e")
                .contains("waybill: error: ");
    }
}
