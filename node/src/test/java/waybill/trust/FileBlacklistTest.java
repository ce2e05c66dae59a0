package waybill.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.trust.Blacklist.Entry;
import waybill.trust.Blacklist.Reason;
import waybill.trust.Blacklist.Subject;

class FileBlacklistTest {
    private static final Subject NODE = node("liar");
    private static final Subject ADDRESS = new Subject.Address(InetAddress.ofLiteral("192.0.2.7"));

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-03-01T00:00:00Z");
    private FileBlacklist list;

    @BeforeEach
    void open() throws IOException {
        list = FileBlacklist.open(directory, () -> now);
    }

    @Test
    void nobodyIsOnAnEmptyList() {
        assertThat(list.list()).isEmpty();
        assertThat(list.barring(NODE)).isEmpty();
    }

    @Test
    void whoForgedOnAProvedHopStaysUntilAnOperatorPardons() {
        list.condemn(NODE, Reason.FORGED_RECEIPT, "BAD_SIGNATURE", Optional.empty());
        now = now.plus(Duration.ofDays(10_000));

        assertThat(list.barring(NODE)).get().extracting(Entry::until).isEqualTo(Optional.empty());
        assertThat(list.pardon("somebody else")).isFalse();
        assertThat(list.pardon(NODE.toString())).isTrue();
        assertThat(list.barring(NODE)).isEmpty();
        assertThat(list.pardon(NODE.toString())).isFalse();
    }

    @Test
    void aForgeryOnAPlainHopExpiresAfterADayAndDoubles() {
        Entry first = list.condemn(ADDRESS, Reason.FORGED_RECEIPT, "", Optional.empty());
        assertThat(first.until()).contains(now.plus(Duration.ofDays(1)));
        now = now.plus(Duration.ofDays(1));
        assertThat(list.barring(ADDRESS)).isEmpty();

        Entry second = list.condemn(ADDRESS, Reason.FORGED_RECEIPT, "", Optional.empty());
        assertThat(second.until()).contains(now.plus(Duration.ofDays(2)));
        assertThat(second.count()).isEqualTo(2);
    }

    @Test
    void latenessBarsForAnHourThenTwiceAsLongUpToThirtyDays() {
        List<Duration> penalties = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Instant until = list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty())
                    .until()
                    .orElseThrow();
            penalties.add(Duration.between(now, until));
            assertThat(list.barring(NODE)).isPresent();
            now = until;
            assertThat(list.barring(NODE)).isEmpty();
        }
        assertThat(penalties.subList(0, 4))
                .containsExactly(Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(4), Duration.ofHours(8));
        assertThat(penalties.subList(10, 12)).containsOnly(Duration.ofDays(30));
    }

    @Test
    void aPenaltyThatEndedIsForgottenAfterItsMemoryAndItsEntryLeavesTheFile() throws IOException {
        list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.of(new byte[] {1}));
        now = now.plus(Duration.ofHours(1)).plus(FileBlacklist.MEMORY);
        list.delivered(node("anybody"));

        assertThat(Files.readString(directory.resolve("blacklist.json"))).doesNotContain(NODE.toString());
        assertThat(evidence()).isEmpty();
        assertThat(list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty())
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aDeliveryForgetsLatenessButNotForgery() {
        list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty());
        list.condemn(ADDRESS, Reason.FORGED_RECEIPT, "", Optional.empty());
        list.delivered(NODE);
        list.delivered(ADDRESS);

        assertThat(list.barring(NODE)).isEmpty();
        assertThat(list.barring(ADDRESS)).isPresent();
        assertThat(list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty())
                        .count())
                .isEqualTo(1);
    }

    @Test
    void latenessDoesNotShortenTheSentenceOfAForger() {
        Entry forged = list.condemn(NODE, Reason.FORGED_RECEIPT, "forged", Optional.empty());
        assertThat(list.condemn(NODE, Reason.MISSED_DEADLINE, "late", Optional.empty()))
                .isEqualTo(forged);
        assertThat(list.list()).containsExactly(forged);
    }

    @Test
    void forgeryReplacesLateness() {
        list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty());
        list.condemn(NODE, Reason.FORGED_RECEIPT, "", Optional.empty());
        assertThat(list.list()).singleElement().satisfies(entry -> {
            assertThat(entry.reason()).isEqualTo(Reason.FORGED_RECEIPT);
            assertThat(entry.until()).isEmpty();
            assertThat(entry.count()).isEqualTo(1);
        });
    }

    @Test
    void theListAndItsEvidenceOutliveTheProcess() throws IOException {
        byte[] forged = "not a receipt".getBytes(StandardCharsets.UTF_8);
        Entry entry = list.condemn(NODE, Reason.FORGED_RECEIPT, "MALFORMED task 1", Optional.of(forged));
        list.condemn(ADDRESS, Reason.MISSED_DEADLINE, "late", Optional.empty());

        FileBlacklist again = FileBlacklist.open(directory, () -> now);
        assertThat(again.list()).hasSize(2).contains(entry);
        assertThat(directory.resolve("evidence").resolve(entry.evidence().orElseThrow()))
                .hasBinaryContent(forged);
    }

    @Test
    void evidenceLargerThanItsBoundIsCut() {
        Entry entry = list.condemn(NODE, Reason.FORGED_RECEIPT, "", Optional.of(new byte[100_000]));
        assertThat(directory.resolve("evidence").resolve(entry.evidence().orElseThrow()))
                .hasSize(FileBlacklist.MAX_EVIDENCE_BYTES);
    }

    @Test
    void theListIsBoundedAndProofsStayLongest() throws IOException {
        FileBlacklist small = FileBlacklist.open(directory, () -> now, 3, 2);
        small.condemn(NODE, Reason.FORGED_RECEIPT, "", Optional.of(new byte[] {0}));
        for (int i = 1; i <= 5; i++) {
            now = now.plusSeconds(1);
            small.condemn(node("late" + i), Reason.MISSED_DEADLINE, "", Optional.of(new byte[] {(byte) i}));
        }
        assertThat(small.list())
                .extracting(Entry::subject)
                .containsExactlyInAnyOrder(NODE, node("late4"), node("late5"));
        assertThat(evidence()).hasSize(2);
        assertThat(small.list()).filteredOn(e -> e.evidence().isPresent()).hasSize(2);
    }

    @Test
    void clearTakesAllOffAndSaysHowManyWereBarred() throws IOException {
        list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.of(new byte[] {1}));
        now = now.plus(Duration.ofHours(2));
        list.condemn(ADDRESS, Reason.FORGED_RECEIPT, "", Optional.of(new byte[] {2}));

        assertThat(list.clear()).isEqualTo(1);
        assertThat(list.list()).isEmpty();
        assertThat(evidence()).isEmpty();
    }

    @Test
    void afterTheClockWasSetBackAPenaltyOfTheFarFutureBarsNobody() {
        list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty());
        now = now.minus(Duration.ofDays(3650));
        assertThat(list.barring(NODE)).isEmpty();
    }

    @Test
    void aDamagedListIsSetAsideAndTheNextBegins() throws IOException {
        Files.writeString(directory.resolve("blacklist.json"), "{ \"entries\": [ oops");
        assertThat(list.list()).isEmpty();
        list.condemn(NODE, Reason.MISSED_DEADLINE, "", Optional.empty());
        assertThat(list.list()).hasSize(1);
        assertThat(directory.resolve("blacklist.json.damaged")).hasContent("{ \"entries\": [ oops");
    }

    @Test
    void oneEntryThatCannotBeReadDoesNotHideTheOthers() throws IOException {
        list.condemn(NODE, Reason.FORGED_RECEIPT, "", Optional.empty());
        Path file = directory.resolve("blacklist.json");
        Files.writeString(
                file,
                Files.readString(file)
                        .replaceFirst("\\[ ", "[ {\"node\": \"short\"}, {\"address\": \"no.such.host\"}, 7, "));
        assertThat(list.list()).extracting(Entry::subject).containsExactly(NODE);
    }

    @Test
    void severalProcessesLoseNoEntryOfEachOther() throws IOException, InterruptedException {
        List<Process> processes = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Accuser.class.getName(),
                            directory.toString(),
                            name)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
        }
        Accuser.accuse(directory, "c");
        for (Process process : processes) {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }
        assertThat(list.list()).hasSize(3 * Accuser.ENTRIES);
    }

    /** Another process at the same list. */
    static final class Accuser {
        static final int ENTRIES = 20;

        public static void main(String[] arguments) throws IOException {
            accuse(Path.of(arguments[0]), arguments[1]);
        }

        static void accuse(Path directory, String name) throws IOException {
            FileBlacklist list =
                    FileBlacklist.open(directory, InstantSource.fixed(Instant.parse("2026-03-01T00:00:00Z")));
            for (int i = 0; i < ENTRIES; i++) {
                list.condemn(node(name + i), Reason.FORGED_RECEIPT, "", Optional.empty());
            }
        }
    }

    private List<Path> evidence() throws IOException {
        try (var files = Files.list(directory.resolve("evidence"))) {
            return files.toList();
        }
    }

    private static Subject node(String name) {
        return new Subject.Node(new NodeId(Sha256.of(name.getBytes(StandardCharsets.UTF_8))));
    }
}
