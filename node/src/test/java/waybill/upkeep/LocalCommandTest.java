package waybill.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LocalCommandTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    Path dir;

    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    private LocalCommand.Ended run(Duration most, Map<String, String> environment, String... words)
            throws InterruptedException {
        return new LocalCommand(List.of(words), most, Duration.ofMillis(200), lines::add).run(environment);
    }

    @Test
    void argumentsAreWhatTheyAreAndNoShellReadsThem() throws Exception {
        Path made = dir.resolve("made");
        var ended = run(LONG, Map.of(), "printf", "%s\\n", "$(touch " + made + ")", "a b", "; touch " + made, "*");
        assertThat(ended).isEqualTo(new LocalCommand.Ended(true, OptionalInt.of(0), ""));
        assertThat(lines).containsExactly("$(touch " + made + ")", "a b", "; touch " + made, "*");
        assertThat(made).doesNotExist();
    }

    @Test
    void itFindsInItsEnvironmentWhatItIsToKnowAndNothingToRead() throws Exception {
        run(LONG, Map.of("UPDATE_FILES", "./a\n./b"), "sh", "-c", "echo \"$UPDATE_FILES\"; cat; echo end >&2");
        assertThat(lines).containsExactly("./a", "./b", "end");
    }

    @Test
    void itsExitCodeIsSaidAndOneThatCannotBeStartedToo() throws Exception {
        assertThat(run(LONG, Map.of(), "sh", "-c", "exit 7"))
                .isEqualTo(new LocalCommand.Ended(false, OptionalInt.of(7), "it ended with 7"));
        var none = run(LONG, Map.of(), dir.resolve("none").toString());
        assertThat(none.ok()).isFalse();
        assertThat(none.exit()).isEmpty();
        assertThat(none.detail()).startsWith("it cannot be started");
    }

    @Test
    void whoTakesTooLongIsEndedWithAllItStarted() throws Exception {
        Path child = dir.resolve("child");
        var ended = run(
                Duration.ofMillis(500),
                Map.of(),
                "sh",
                "-c",
                "sleep 1000 & echo $! > '" + child + "'; trap '' TERM; wait; wait; sleep 1000");
        assertThat(ended.ok()).isFalse();
        assertThat(ended.detail()).contains("did not end within");
        long pid = Long.parseLong(Files.readString(child).strip());
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void oneThatLeavesADaemonBehindHoldsUpNothing() throws Exception {
        Path child = dir.resolve("child");
        var ended = run(LONG, Map.of(), "sh", "-c", "sleep 1000 & echo $! > '" + child + "'; echo done");
        long pid = Long.parseLong(Files.readString(child).strip());
        boolean there = ProcessHandle.of(pid).map(ProcessHandle::destroy).orElse(false);
        assertThat(there).as("it is the operator's own").isTrue();
        assertThat(ended.ok()).isTrue();
        assertThat(lines).containsExactly("done");
    }

    @Test
    void ofMuchOutputTheFirstLinesAreKeptAndTheRestIsCounted() throws Exception {
        run(LONG, Map.of(), "sh", "-c", "i=0; while [ $i -lt 1234 ]; do echo $i; i=$((i+1)); done");
        assertThat(lines).hasSize(LocalCommand.MAX_LINES + 1).startsWith("0", "1", "2");
        assertThat(lines.getLast()).isEqualTo("234 more lines are left out");
    }

    @Test
    void anInterruptEndsItToo() throws Exception {
        Path begun = dir.resolve("begun");
        Thread here = Thread.currentThread();
        Thread.ofVirtual().start(() -> {
            while (!Files.exists(begun)) {
                Thread.onSpinWait();
            }
            here.interrupt();
        });
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> run(LONG, Map.of(), "sh", "-c", "echo > '" + begun + "'; exec sleep 1000"))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void theProgramIsFoundWhereTheSystemWouldFindIt() throws Exception {
        Path bin = Files.createDirectory(dir.resolve("bin"));
        Path tool = Files.createFile(bin.resolve("tool"));
        LocalCommand command = new LocalCommand(List.of("tool"), LONG);
        assertThat(command.program(dir + ":" + bin)).as("not executable").isEmpty();
        assertThat(tool.toFile().setExecutable(true)).isTrue();
        assertThat(command.program(dir + ":" + bin)).contains(tool);
        assertThat(command.program(dir.toString())).isEmpty();
        assertThat(new LocalCommand(List.of(tool.toString()), LONG).program("")).contains(tool);
    }
}
