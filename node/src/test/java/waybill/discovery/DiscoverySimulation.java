package waybill.discovery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import waybill.protocol.AliasUrl;
import waybill.protocol.Commitment;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * How many relays answer a request, and how soon the first does, on injected time and without sockets. The relays are the
 * real {@link Rounds}, {@link Crowd} and {@link AnswerDelay}, the sender counts by the real {@link RelaysSeen}; only the
 * LAN between them is imagined: requests and answers take no time, a {@code located} is heard by all 20 ms after it was
 * decided on.
 *
 * <p>{@code bench/discovery} prints the tables of {@code docs/benchmarks.md}.
 */
final class DiscoverySimulation {
    static final long HEARD_AFTER = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long GRACE = RelayFinder.GRACE.toNanos();
    /** The requester's own numbers, at the time of writing. */
    private static final int ENOUGH = 3;

    private static final long LISTENS = TimeUnit.SECONDS.toNanos(2);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    /** What came of one request. */
    record Outcome(int replies, double firstMillis) {}

    /** When the sender says {@code located}. */
    enum Located {
        NEVER,
        AT_THE_FIRST_ANSWER,
        /** After the grace that follows the third answer, or as many as were seen lately if that is fewer. */
        AS_SEND_DOES
    }

    private final Random random;
    private final List<Rounds<Integer>> relays = new ArrayList<>();
    private long now;

    /** A LAN of so many relays that have heard nothing yet. */
    DiscoverySimulation(int relays, long seed) {
        this.random = new Random(seed);
        for (int i = 0; i < relays; i++) {
            this.relays.add(new Rounds<>(16, random, new Crowd(0)));
        }
    }

    /** One request by a sender who says how many relays it saw and counts those that answer. */
    Outcome request(int said, Located when, RelaysSeen seen) {
        now += MINUTE;
        TaskId id = TaskId.fresh(() -> Instant.EPOCH.plusNanos(now), random);
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        Commitment secret = Commitment.to(bytes);
        Rounds.Key key = new Rounds.Key(id, secret.commit());

        int enough = said == 0 ? ENOUGH : Math.min(said, ENOUGH);
        long first = Long.MAX_VALUE;
        int chosen = 0;
        long[] answers = new long[relays.size()];
        for (int i = 0; i < answers.length; i++) {
            relays.get(i).heard(key, said, i, now);
            answers[i] = relays.get(i).next().orElseThrow();
            if (answers[i] < first) {
                first = answers[i];
                chosen = i;
            }
        }
        Arrays.sort(answers);
        long all = now + TimeUnit.MILLISECONDS.toNanos(AnswerDelay.WINDOW_MILLIS);
        long decided =
                switch (when) {
                    case NEVER -> all;
                    case AT_THE_FIRST_ANSWER -> first;
                    case AS_SEND_DOES -> enough <= answers.length ? answers[enough - 1] + GRACE : now + LISTENS;
                };
        int replies = answersUntil(decided, seen);
        if (when != Located.NEVER) {
            replies += answersUntil(decided + HEARD_AFTER - 1, seen);
            Packet.Located located = new Packet.Located(id, Packet.Method.PUT, alias(chosen), secret);
            for (Rounds<Integer> relay : relays) {
                relay.located(located, decided + HEARD_AFTER);
            }
        }
        replies += answersUntil(Math.max(all, decided), seen);
        return new Outcome(replies, (first - now) / 1e6);
    }

    private int answersUntil(long time, RelaysSeen seen) {
        int replies = 0;
        for (int i = 0; i < relays.size(); i++) {
            if (!relays.get(i).due(time).isEmpty()) {
                replies++;
                relays.get(i).answered(alias(i));
                seen.answered(new NodeId(Sha256.of(Integer.toString(i).getBytes(StandardCharsets.US_ASCII))));
            }
        }
        return replies;
    }

    private static AliasUrl alias(int relay) {
        return AliasUrl.parse("https://10.0." + relay / 250 + "." + (relay % 250 + 1) + ":7506/a/x");
    }

    /** The medians of many LANs, each asked once by a sender who says this. */
    static Outcome once(int relays, int said, Located when, int runs) {
        int[] replies = new int[runs];
        double[] first = new double[runs];
        for (int run = 0; run < runs; run++) {
            Outcome outcome =
                    new DiscoverySimulation(relays, run).request(said, when, new RelaysSeen(() -> Instant.EPOCH));
            replies[run] = outcome.replies();
            first[run] = outcome.firstMillis();
        }
        return median(replies, first);
    }

    /** One sender asks again and again, a minute apart, and says each time how many it saw: medians by request. */
    static List<Outcome> fed(int relays, Located when, int requests, int runs) {
        int[][] replies = new int[requests][runs];
        double[][] first = new double[requests][runs];
        for (int run = 0; run < runs; run++) {
            DiscoverySimulation lan = new DiscoverySimulation(relays, run);
            RelaysSeen seen = new RelaysSeen(() -> Instant.EPOCH.plus(Duration.ofNanos(lan.now)));
            for (int i = 0; i < requests; i++) {
                Outcome outcome = lan.request(seen.count(), when, seen);
                replies[i][run] = outcome.replies();
                first[i][run] = outcome.firstMillis();
            }
        }
        List<Outcome> medians = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            medians.add(median(replies[i], first[i]));
        }
        return medians;
    }

    private static Outcome median(int[] replies, double[] first) {
        Arrays.sort(replies);
        Arrays.sort(first);
        return new Outcome(replies[replies.length / 2], first[first.length / 2]);
    }

    /** Prints the tables; the number of runs can be given. */
    public static void main(String[] arguments) {
        int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
        int[] sizes = {1, 10, 100, 1000, 5000};
        StringBuilder out = new StringBuilder();
        out.append("Relays that were just switched on, and one request; medians of ")
                .append(runs)
                .append(" runs:\n\n| relays | nobody says `located` | `located` at the first answer | the same,")
                .append(" the sender says the true number | `located` as `send` does |\n")
                .append("|---:|---:|---:|---:|---:|\n");
        for (int n : sizes) {
            out.append("| ").append(n);
            cell(out, once(n, 0, Located.NEVER, runs));
            cell(out, once(n, 0, Located.AT_THE_FIRST_ANSWER, runs));
            cell(out, once(n, n, Located.AT_THE_FIRST_ANSWER, runs));
            cell(out, once(n, 0, Located.AS_SEND_DOES, runs));
            out.append(" |\n");
        }
        fed(out, "`located` at the first answer", Located.AT_THE_FIRST_ANSWER, sizes, Math.max(1, runs / 4));
        fed(out, "`located` as `send` does", Located.AS_SEND_DOES, sizes, Math.max(1, runs / 4));
        System.out.print(out);
    }

    private static void fed(StringBuilder out, String what, Located when, int[] sizes, int runs) {
        out.append("\nOne sender asks 30 times, a minute apart, and says each time how many it saw; ")
                .append(what)
                .append("; medians of ")
                .append(runs)
                .append(" runs:\n\n| relays | 1st request | 2nd | 3rd | 10th | 30th | largest of the 30 medians |\n")
                .append("|---:|---:|---:|---:|---:|---:|---:|\n");
        for (int n : sizes) {
            List<Outcome> outcomes = fed(n, when, 30, runs);
            out.append("| ").append(n);
            for (int request : new int[] {1, 2, 3, 10, 30}) {
                cell(out, outcomes.get(request - 1));
            }
            out.append(" | ")
                    .append(outcomes.stream().mapToInt(Outcome::replies).max().orElseThrow())
                    .append(" |\n");
        }
    }

    private static void cell(StringBuilder out, Outcome outcome) {
        out.append(String.format(Locale.ROOT, " | %d / %.0f", outcome.replies(), outcome.firstMillis()));
    }
}
