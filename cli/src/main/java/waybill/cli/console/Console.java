package waybill.cli.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * What a command says: results on standard output, everything else on standard error, so that a script reads only what it
 * asked for. With {@code --json} there are JSON objects on standard output, a line each, and nothing for people; the last
 * line is {@link #end the end} of every command, in one shape. Whole lines may come from several threads.
 */
public final class Console {
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, false);
    /** So long after a line there is no bar: where many lines are said, they are what is to be seen. */
    private static final Duration LINES_ALONE = Duration.ofMillis(500);

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;
    private final boolean terminal;
    private volatile Optional<Progress> drawn = Optional.empty();

    /** A console over these two; {@code terminal} says whether a person looks at standard error. */
    public Console(PrintWriter out, PrintWriter err, boolean json, boolean terminal) {
        this.out = out;
        this.err = err;
        this.json = json;
        this.terminal = terminal;
    }

    /** Whether {@code --json} was given. */
    public boolean json() {
        return json;
    }

    /** A line of the result; nothing with {@code --json}. */
    public void result(String line) {
        if (!json) {
            drawn.ifPresent(Progress::giveWay);
            out.println(Text.line(line));
            out.flush();
        }
    }

    /** One of several, or what a service says, as a line of JSON before the end; nothing without {@code --json}. */
    public void line(Map<String, ?> object) {
        if (json) {
            out.println(toJson(object));
            out.flush();
        }
    }

    /**
     * How the command ended, as the last line of JSON; nothing without {@code --json}.
     *
     * @param outcome a word for what became of it, where it went well
     * @param exit the exit code
     * @param members what else there is to say
     */
    public void end(String outcome, int exit, Map<String, ?> members) {
        line(ended(outcome, exit, members));
    }

    /**
     * One shape for every end: {@code outcome}, the members, {@code kept} where it is not decided, {@code exit}. An outcome
     * among the members stands; else it is the word, and of what did not go well that of its exit code.
     */
    public static Map<String, Object> ended(String outcome, int exit, Map<String, ?> members) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("outcome", exit == ExitCode.OK ? outcome : ExitCode.word(exit));
        object.putAll(members);
        if (ExitCode.undecided(exit)) {
            object.putIfAbsent("kept", false);
        }
        object.remove("exit");
        object.put("exit", exit);
        return object;
    }

    /** The same of what failed, with the message and what helps. */
    public static Map<String, Object> ended(CliException failure) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("error", String.valueOf(failure.getMessage()));
        members.put("hint", failure.hint());
        if (ExitCode.undecided(failure.exitCode())) {
            members.put("kept", failure.kept());
        }
        return ended("", failure.exitCode(), members);
    }

    /** A line on the way there, on standard error; nothing with {@code --json}. */
    public void note(String line) {
        if (!json) {
            drawn.ifPresent(Progress::giveWay);
            err.println(Text.line(line));
            err.flush();
        }
    }

    /** The same without progress bars, and without notes unless they are wanted: for one of many at once. */
    public Console oneOfMany(boolean notes) {
        return new Console(out, notes ? err : new PrintWriter(Writer.nullWriter()), json, false);
    }

    /**
     * One JSON object with a list whose members are written as they come, however many; nothing without {@code --json}.
     *
     * @param list the list's name
     */
    public Listing listing(String list) {
        return new Listing(list);
    }

    /** An object while its list is written. Safe for use by several threads. */
    public final class Listing {
        private String before;

        private Listing(String list) {
            before = "{" + quoted(list) + ":[";
        }

        /** One more of the list. */
        public synchronized void add(Map<String, ?> member) {
            if (json) {
                out.print(before + toJson(member));
                before = ",";
            }
        }

        /** The end of the list and of the command, and what else the object has. */
        public synchronized void end(String outcome, int exit, Map<String, ?> rest) {
            if (json) {
                String members = toJson(ended(outcome, exit, rest));
                out.println((before.equals(",") ? "" : before) + "]," + members.substring(1));
                out.flush();
            }
        }
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    /** A progress bar with rate and time left; shown on a terminal only. The caller closes it. */
    public Progress progress(String task, long total) {
        return new Progress(task, total);
    }

    /** One line of JSON; members in the order of the map. */
    public static String toJson(Map<String, ?> object) {
        try {
            return JSON.writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result that is no JSON", e);
        }
    }

    /**
     * Bytes done of bytes to do. A bar is drawn over its own last line, so it gives way to every other line that is said, and
     * begins below it. Safe for use by several threads.
     */
    public final class Progress implements AutoCloseable {
        private final String task;
        private final long total;
        private boolean over = !terminal || json;
        private Optional<ProgressBar> bar = Optional.empty();
        private Optional<Long> gaveWay = Optional.empty();

        private Progress(String task, long total) {
            this.task = task;
            this.total = total;
        }

        /** So many bytes are done. */
        public synchronized void at(long bytes) {
            boolean justNow = gaveWay.isPresent() && System.nanoTime() - gaveWay.get() < LINES_ALONE.toNanos();
            if (!over && bar.isEmpty() && !justNow) {
                bar = Optional.of(begin(bytes));
                drawn = Optional.of(this);
            }
            bar.ifPresent(b -> b.stepTo(bytes));
        }

        private ProgressBar begin(long bytes) {
            return new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .startsFrom(bytes, Duration.ZERO)
                    .setUnit(" MiB", 1 << 20)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .showSpeed()
                    .build();
        }

        private synchronized void giveWay() {
            if (bar.isPresent()) {
                bar.get().close();
                bar = Optional.empty();
                gaveWay = Optional.of(System.nanoTime());
            }
        }

        @Override
        public synchronized void close() {
            giveWay();
            over = true;
        }
    }
}
