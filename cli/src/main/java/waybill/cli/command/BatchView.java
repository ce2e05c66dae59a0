package waybill.cli.command;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.requester.Batch;
import waybill.requester.Decision;

/**
 * Shows many deliveries side by side: what became of each when it has ended, the counts, and the worst exit code. Safe for
 * use by several threads.
 *
 * @param <J> what identifies a delivery
 */
final class BatchView<J> implements Batch.Watcher<J> {
    private static final Logger LOG = LoggerFactory.getLogger(BatchView.class);

    private final Console console;
    private final boolean verbose;
    private final Words<J> words;
    private final Consumer<Map<String, Object>> results;
    private final long began = System.nanoTime();
    private int begun;
    private int delivered;
    private int refused;
    private int expired;
    private int failed;
    /** Sealed, and not decided for good: the outbox has it. */
    private int kept;

    private int worst = ExitCode.OK;

    /**
     * How a kind of delivery is spoken of.
     *
     * @param <J> what identifies a delivery
     */
    interface Words<J> {
        /** What JSON calls what identifies a delivery. */
        String member();

        /** What identifies this one. */
        String name(J job);

        /** Tells a person of the decision and says the exit code. */
        int print(J job, Decision decision, Console to);

        /** What is said of a failure of this delivery's own. */
        CliException explain(J job, Exception why);
    }

    /** @param results gets what became of each, for {@code --json} */
    BatchView(Console console, boolean verbose, Words<J> words, Consumer<Map<String, Object>> results) {
        this.console = console;
        this.verbose = verbose;
        this.words = words;
        this.results = results;
    }

    @Override
    public synchronized Batch.Watch begins(J job) {
        begun++;
        return new Watch(job);
    }

    /** The worst exit code so far. */
    synchronized int worst() {
        return worst;
    }

    /** How many ended in each way, for {@code --json}. */
    synchronized Map<String, Object> counts() {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("delivered", delivered);
        counts.put("refused", refused);
        counts.put("expired", expired);
        counts.put("failed", failed);
        counts.put("undecided", undecided());
        counts.put("milliseconds", millisSince(began));
        return counts;
    }

    /** The counts in a line for people; what none has is left out. */
    synchronized String summary() {
        StringBuilder line = new StringBuilder().append(delivered).append(" delivered");
        add(line, refused, "refused");
        add(line, expired, "not decided in time");
        add(line, failed, "failed");
        add(line, undecided(), "interrupted");
        return line.append(", in ")
                .append(Text.time(java.time.Duration.ofMillis(millisSince(began))))
                .toString();
    }

    /** Whether something that was sealed waits in the outbox. */
    synchronized boolean kept() {
        return kept > 0;
    }

    private synchronized void sealed() {
        kept++;
    }

    private synchronized void ended(J job, Decision decision, boolean sealed, Map<String, Object> result) {
        if (sealed && !(decision instanceof Decision.Expired)) {
            kept--;
        }
        switch (decision) {
            case Decision.Delivered _ -> delivered++;
            case Decision.Refused _ -> refused++;
            case Decision.Expired _ -> expired++;
            case Decision.Unproven _ -> throw new IllegalStateException("nobody hands over one way what is on its way");
        }
        worst = Math.max(worst, words.print(job, decision, console));
        results.accept(result);
    }

    private synchronized void ended(CliException said, Map<String, Object> result) {
        failed++;
        worst = Math.max(worst, said.exitCode());
        console.note("waybill: error: " + said.getMessage());
        if (!said.hint().isEmpty()) {
            console.note("hint: " + said.hint());
        }
        results.accept(result);
    }

    private int undecided() {
        return begun - delivered - refused - expired - failed;
    }

    private static void add(StringBuilder line, int count, String what) {
        if (count > 0) {
            line.append(", ").append(count).append(' ').append(what);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /** One of them on its way. */
    private final class Watch implements Batch.Watch {
        private final J job;
        private final JourneyView view;
        private final long since = System.nanoTime();

        Watch(J job) {
            this.job = job;
            view = new JourneyView(console.oneOfMany(verbose), verbose, Text.foreign(words.name(job)) + ": ");
        }

        @Override
        public void reached(Step step) {
            view.reached(step);
            if (step instanceof Step.Sealed) {
                sealed();
            }
        }

        @Override
        public void decided(Decision decision) {
            ended(job, decision, view.sealed(), told(DecisionView.json(decision, view)));
        }

        @Override
        public void failed(Exception why) {
            LOG.debug("{}", words.name(job), why);
            CliException said = words.explain(job, why);
            ended(said, told(Console.ended(said)));
        }

        /** The result with who it was and how long it took. */
        private Map<String, Object> told(Map<String, Object> result) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put(words.member(), words.name(job));
            object.putAll(result);
            object.put("milliseconds", millisSince(since));
            return object;
        }
    }
}
