package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import waybill.cli.console.ExitCode;

/** The frame around the commands: help, errors, options from environment and file. */
final class MainTest {
    @TempDir
    Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Map<String, String> environment, String... args) {
        return Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true), environment, home);
    }

    static Stream<List<String>> everyCommand() {
        List<List<String>> paths = new ArrayList<>();
        collect(Main.commandLine(), List.of(), paths);
        return paths.stream();
    }

    private static void collect(CommandLine command, List<String> path, List<List<String>> paths) {
        command.getSubcommands().forEach((name, sub) -> {
            if (name.equals("help") || sub.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            List<String> longer = new ArrayList<>(path);
            longer.add(name);
            paths.add(longer);
            collect(sub, longer, paths);
        });
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void everyCommandHelpsWithAnExample(List<String> path) {
        List<String> args = new ArrayList<>(path);
        args.add("--help");
        assertThat(run(Map.of(), args.toArray(String[]::new))).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("Usage: waybill " + String.join(" ", path));
        if (!path.getFirst().equals("generate-completion")) {
            assertThat(out.toString()).contains("Example:\n  waybill " + String.join(" ", path));
        }
    }

    @Test
    void theProgramHelpsWithAnExample() {
        assertThat(run(Map.of(), "--help")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("Example:\n  waybill ");
    }

    @ParameterizedTest
    @CsvSource({"verify,--tls-trust", "export,--tls-trust", "relays,--connect-to"})
    void noCommandShowsAnOptionThatDoesNothingThere(String command, String option) {
        assertThat(run(Map.of(), command, "--help")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).doesNotContain(option);
        assertThat(run(Map.of(), "send", "--help")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains(option);
    }

    @Test
    void waysAreShownAsTheyAreTyped() {
        run(Map.of(), "generate-completion");
        assertThat(out.toString()).contains("\"auto\" \"direct\" \"lan\"").doesNotContain("\"AUTO\"", "\"LAN\"");
        for (String[] command : new String[][] {{"send", "x"}, {"relay", "run"}, {"fetch", "https://x.example/i"}}) {
            List<String> args = new ArrayList<>(List.of(command));
            args.addAll(List.of("--trust", "anchor.pem", "--via", "wan"));
            if (!command[0].equals("fetch")) {
                args.addAll(List.of("--to", "https://x.example/i"));
            }
            assertThat(run(Map.of(), args.toArray(String[]::new))).isEqualTo(ExitCode.USAGE);
        }
        assertThat(err.toString().lines().filter(line -> line.endsWith("'wan' is none of auto, direct and lan")))
                .hasSize(3);
        run(Map.of(), "verify", "x", "--trust", "y", "--log-level", "loud");
        assertThat(err.toString()).contains("'loud' is no level");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "backend.example:8443 | say --host backend.example --url https://backend.example:8443/inbox",
                "https://backend.example:8443/a/b | say --host backend.example --url https://backend.example:8443/a/b",
                "https://backend.example | say --host backend.example",
                "Backend.Example | say --host backend.example",
                "back end | give a DNS name or an IPv4 address in lower case",
            })
    void aHostThatIsMoreThanANameIsAnsweredWithWhatToSay(String host, String said) {
        assertThat(run(Map.of(), "backend", "init", home.resolve("b").toString(), "--host", host))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).containsPattern("(?m)^hint: \\Q" + said + "\\E");
        assertThat(home.resolve("b")).doesNotExist();
    }

    @Test
    void aFileThatCannotBeUsedIsSaidWithItsReason() throws IOException {
        Path file = Files.writeString(home.resolve("plain"), "x");
        assertThat(run(Map.of(), "backend", "init", file + "/b", "--host", "backend.example"))
                .isEqualTo(ExitCode.LOCAL_IO);
        assertThat(err.toString()).containsPattern("plain/b cannot be made: .*plain: there is something of that name");
        assertThat(run(Map.of(), "verify", "x", "--trust", home + "/none")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("none cannot be read: no such file");
        assertThat(run(Map.of(), "verify", home + "/none", "--trust", anchor())).isEqualTo(ExitCode.LOCAL_IO);
        assertThat(err.toString()).contains("there is no file " + home + "/none");
    }

    @Test
    void aNameThatIsNoTextIsSaidToBeThat() throws IOException {
        String[] args = {
            "send", "a\uFFFDb", "--to", "https://x.example/i", "--trust", anchor(), "--data", home + "/data"
        };
        assertThat(run(Map.of(), args)).isEqualTo(ExitCode.LOCAL_IO);
        assertThat(err.toString()).contains("is not text in UTF-8").doesNotContain("there is no file");
    }

    @Test
    void aCommandThatDoesNotExistIsAUsageErrorWithAHint() {
        assertThat(run(Map.of(), "snd")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).startsWith("waybill: error: ").contains("hint: did you mean 'send'?");
    }

    @Test
    void whatIsMistypedIsTakenForTheNearestWordOrNone() {
        assertThat(run(Map.of(), "send", "x", "--to", "https://backend.example", "--trust", "t", "--recipts", "d"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("hint: did you mean '--receipts'?");
        assertThat(run(Map.of("WAYBILL_TOO", "x"), "relays")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("hint: did you mean 'to'?");
        assertThat(run(Map.of(), "entirely-different")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("'waybill --help' shows what it takes");
    }

    @Test
    void aMissingOptionIsNamedAndWhereItCouldStandToo() throws IOException {
        assertThat(run(Map.of(), "relays")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--to").contains("there is no configuration file " + home);
        Path file = Files.createDirectories(home.resolve("elsewhere/waybill")).resolve("waybill.conf");
        Files.writeString(file, "via = lan\n");
        Map<String, String> elsewhere =
                Map.of("XDG_CONFIG_HOME", home.resolve("elsewhere").toString());
        assertThat(run(elsewhere, "relays")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("the configuration file is " + file);
    }

    @Test
    void aDirectoryForReceiptsThatIsNoneIsNoticedBeforeAnythingIsSent() throws IOException {
        Path file = Files.writeString(home.resolve("plain"), "x");
        Path anchor = home.resolve("b/anchor.pem");
        assertThat(run(Map.of(), "backend", "init", home.resolve("b").toString(), "--host", "backend.example"))
                .isZero();
        String[] send = {
            "send",
            file.toString(),
            "--to",
            "https://backend.example/inbox",
            "--trust",
            anchor.toString(),
            "--via",
            "direct",
            "--data",
            home.resolve("data").toString(),
            "--receipts",
            file.toString()
        };
        assertThat(run(Map.of(), send)).isEqualTo(ExitCode.LOCAL_IO);
        assertThat(err.toString()).contains("the directory for receipts " + file);
        assertThat(home.resolve("data/outbox")).doesNotExist();
    }

    @Test
    void aMissingOptionIsNamed() {
        assertThat(run(Map.of(), "send", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--to").contains("hint: ");
    }

    @Test
    void anErrorIsJsonWhereJsonWasAskedFor() {
        assertThat(run(Map.of(), "verify", "nothing.receipt", "--trust", "nothing.pem", "--json"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(out.toString()).startsWith("{\"outcome\":\"error\"").contains("\"exit\":2");
    }

    @Test
    void theFileGivesWhatTheCommandLineLeavesOut() throws IOException {
        configure("# where to\ntrust = " + home.resolve("absent.pem") + "\n");
        assertThat(run(Map.of(), "verify", "x.receipt")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("absent.pem");
    }

    @Test
    void theEnvironmentGoesBeforeTheFileAndAFlagBeforeBoth() throws IOException {
        configure("trust = " + home.resolve("file.pem") + "\n");
        Map<String, String> environment =
                Map.of("WAYBILL_TRUST", home.resolve("environment.pem").toString());
        run(environment, "verify", "x.receipt");
        assertThat(err.toString()).contains("environment.pem").doesNotContain("file.pem");
        run(environment, "verify", "x.receipt", "--trust", "flag.pem");
        assertThat(err.toString()).contains("flag.pem");
    }

    @Test
    void aKeyForOneGroupOfCommandsDoesNotTouchTheOthers() throws IOException {
        configure("relay.trust = " + home.resolve("relay.pem") + "\n");
        assertThat(run(Map.of(), "verify", "x.receipt")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--trust").doesNotContain("relay.pem");
        run(Map.of(), "relay", "run", "--to", "https://backend.example/inbox");
        assertThat(err.toString()).contains("relay.pem");
    }

    @Test
    void anUnknownKeyOfTheFileIsAnErrorWithItsLine() throws IOException {
        configure("relay.evry = 5m\n");
        assertThat(run(Map.of(), "verify", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("did you mean 'relay.every'?");
        configure("\ntrsut = x\n");
        assertThat(run(Map.of(), "verify", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("line 2").contains("'trsut'");
    }

    @Test
    void anUnknownVariableIsAnError() {
        assertThat(run(Map.of("WAYBILL_TRSUT", "x"), "verify", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("WAYBILL_TRSUT");
    }

    @Test
    void aKeyTwiceIsAnError() throws IOException {
        configure("trust = a\ntrust = b\n");
        assertThat(run(Map.of(), "verify", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("twice");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--window | Mon-Fri 22-06 | a window is like 'Mon-Fri 22:00-06:00'",
                "--window | Sat 00:00-24:00;Son 01:00-02:00 | 'son' in the window 'Son 01:00-02:00' is no day",
                "--zone | Mars/Base | 'Mars/Base' is no time zone",
                "--rate | fast | 'fast' is not a rate like 500K or 2MiB/s",
                "--rate | 1K/s | a rate is at least 8 KiB/s",
                "--budget-day | 1K | at least 1 MiB",
            })
    void aLimitOfTheLineThatCannotWorkIsNamed(String option, String value, String said) {
        assertThat(run(Map.of(), "relay", "run", "--to", "https://x.example/i", "--trust", "anchor.pem", option, value))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains(said);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://u:s3cret@proxy.example:3128 | --proxy: only proxies of http:// are spoken to",
                "http://u:s3cret@proxy.example:port  | --proxy: a proxy is http://HOST:PORT",
                "http://u:s3/cret@proxy.example      | --proxy: a proxy is http://HOST:PORT",
            })
    void aProxyThatCannotBeUsedIsSaidWithoutItsPassword(String proxy, String said) throws IOException {
        String[] args = {"send", "x", "--to", "https://x.example/i", "--trust", anchor(), "--json"};
        assertThat(run(Map.of("WAYBILL_PROXY", proxy), args)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains(said).contains("--proxy none");
        assertThat(err.toString() + out).doesNotContain("s3cret", "cret@");
    }

    @Test
    void credentialsThatAreNoneAreSaidButNotShown() throws IOException {
        Path file = Files.writeString(home.resolve("credentials"), "s3cret without a colon");
        String[] args = {
            "send",
            "x",
            "--to",
            "https://x.example/i",
            "--trust",
            anchor(),
            "--proxy",
            "proxy.example:3128",
            "--proxy-credentials",
            file.toString()
        };
        assertThat(run(Map.of(), args)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("the file of --proxy-credentials is of no use")
                .doesNotContain("s3cret");
        args[args.length - 1] = home.resolve("absent").toString();
        assertThat(run(Map.of(), args)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("absent cannot be read");
    }

    @Test
    void aFlagOfTheCommandLineGoesBeforeTheEnvironmentWhereThereMayBeSeveral() throws IOException {
        configure("interface = file0\n");
        String[] relays = {"relays", "--to", "https://x.example/i", "--data", home.toString(), "--for", "0"};
        run(Map.of("WAYBILL_INTERFACE", "env0,env1"), relays);
        assertThat(err.toString()).contains("env0").doesNotContain("file0");
        List<String> more = new ArrayList<>(List.of(relays));
        more.addAll(List.of("--interface", "none", "--no-dns-sd"));
        assertThat(run(Map.of("WAYBILL_INTERFACE", "env2"), more.toArray(String[]::new)))
                .isEqualTo(ExitCode.LOCAL_IO);
        assertThat(err.toString())
                .contains("no interface and no relay is named")
                .doesNotContain("env2");
    }

    @Test
    void aValueThatCannotBeReadIsSaidWithThePlaceItStandsIn() throws IOException {
        String[] relay = {"relay", "run", "--to", "https://x.example/i", "--trust", "anchor.pem"};
        configure("relay.every = soon\n");
        assertThat(run(Map.of(), relay)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("'soon'").contains("it stands in the configuration file " + home);
        assertThat(run(Map.of("WAYBILL_EVERY", "later"), relay)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("'later'").contains("it stands in the environment's WAYBILL_EVERY");
    }

    @Test
    void aFileThatIsNoTextIsNoConfiguration() throws IOException {
        Path file = home.resolve(".config/waybill/waybill.conf");
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[] {(byte) 0xff, '=', 'x', '\n'});
        assertThat(run(Map.of(), "verify", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("cannot be read: it is no text in UTF-8");
    }

    private String anchor() throws IOException {
        assertThat(run(Map.of(), "backend", "init", home.resolve("b").toString(), "--host", "x.example"))
                .isEqualTo(ExitCode.OK);
        return home.resolve("b/anchor.pem").toString();
    }

    @Test
    void completionNamesEveryCommand() {
        assertThat(run(Map.of(), "generate-completion")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("blacklist").contains("--give-up").doesNotContain("demo-liar");
    }

    private void configure(String text) throws IOException {
        Path file = home.resolve(".config/waybill/waybill.conf");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
