package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at moments of a seeded chance: each round sends a new file and kills sender, relay or backend, mostly
 * while the bytes of this file arrive somewhere. {@code e2e/reliability 200} is the long run.
 */
final class ReliabilityTest {
    private static final int ROUNDS = Integer.getInteger("waybill.rounds", 20);
    private static final long SEED = Long.getLong("waybill.seed", 20261122);
    /** With {@link #SIZE} bytes a second and a bit more on each of the two legs. */
    private static final String RATE = "24mbit";

    private static final int SIZE = 3_000_000;
    private static final Duration ARRIVAL = Duration.ofSeconds(1);
    /** Every fifth file is so many times as large, and goes by tus. */
    private static final int LARGE = 3;

    private static final int EACH = 5;
    private static final double IN_WINDOW = 0.6;

    private enum Victim {
        SENDER,
        RELAY,
        BACKEND
    }

    /** What the table says of one victim. */
    private static final class Tally {
        private int kills;
        private int inWindow;
        private int delivered;
        private int twice;
        private int lost;
    }

    @TempDir
    Path dir;

    private final Random random = new Random(SEED);
    private final Map<Victim, Tally> tallies = new EnumMap<>(Victim.class);
    private final Set<String> tasks = new HashSet<>();

    @Test
    void whateverIsKilledEverySenderEndsWithItsReceiptAndTheBackendHoldsItOnce() throws Exception {
        System.out.println("reliability: seed " + SEED + ", " + ROUNDS + " rounds; again with -Dwaybill.seed=" + SEED);
        for (Victim victim : Victim.values()) {
            tallies.put(victim, new Tally());
        }
        try (Site site = new Site(dir)) {
            Scene scene = new Scene(site);
            for (int round = 1; round <= ROUNDS; round++) {
                // each with the same chance
                Victim victim = Victim.values()[random.nextInt(Victim.values().length)];
                String line = round(scene, round, victim);
                System.out.println("reliability: round " + round + ": " + line);
            }
            nothingAcknowledgedIsLost(scene);
            nothingIsLeftOver(scene);
        } finally {
            report();
        }
        assertThat(tallies.values()).allSatisfy(tally -> {
            assertThat(tally.delivered).as("delivered").isEqualTo(tally.kills);
            assertThat(tally.twice).as("stored twice").isZero();
            assertThat(tally.lost).as("lost").isZero();
        });
        int inWindow =
                tallies.values().stream().mapToInt(tally -> tally.inWindow).sum();
        assertThat(inWindow)
                .as("kills between the first byte and the answer, of %d", ROUNDS)
                .isGreaterThanOrEqualTo((int) Math.ceil(IN_WINDOW * ROUNDS));
    }

    private String round(Scene scene, int round, Victim victim) throws IOException {
        Tally tally = tallies.computeIfAbsent(victim, _ -> new Tally());
        int times = round % EACH == 0 ? LARGE : 1;
        int size = times * SIZE + random.nextInt(SIZE / 10);
        Path file = scene.site.file("round-" + round + ".bin", size, random.nextLong());
        // One in eight comes anywhere in the two seconds after the first byte, the others while the bytes arrive.
        double share = random.nextInt(8) == 0 ? 2 * random.nextDouble() : 0.9 * random.nextDouble();
        Duration moment = Duration.ofNanos((long) (share * times * ARRIVAL.toNanos()));
        Path hop = victim == Victim.BACKEND ? scene.backendLog : scene.relayLog;
        long before = Files.exists(hop) ? Files.size(hop) : 0;

        Service sender = scene.send(file);
        String task = Awaitility.await("round " + round + ": the first byte of it")
                .atMost(Duration.ofMinutes(2))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> arriving(hop, before), Optional::isPresent)
                .orElseThrow();
        long first = System.nanoTime();
        Awaitility.await("the moment")
                .atMost(Duration.ofMinutes(1))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> System.nanoTime() - first >= moment.toNanos());
        switch (victim) {
            case SENDER -> sender.kill();
            case RELAY -> scene.relay.kill();
            case BACKEND -> scene.backend.kill();
        }
        boolean inWindow = !answered(hop, before, task);
        tally.kills++;
        tally.inWindow += inWindow ? 1 : 0;
        tasks.add(task);
        switch (victim) {
            case SENDER -> {}
            case RELAY -> scene.startRelay();
            case BACKEND -> scene.startBackend();
        }
        String how = victim == Victim.SENDER ? scene.collect() : scene.decided(sender);

        Path receipt = scene.receipt(task);
        scene.site
                .sender
                .waybill(
                        "verify",
                        receipt.toString(),
                        "--trust",
                        scene.site.anchor.toString(),
                        "--file",
                        file.toString())
                .ok();
        int stored = scene.stored(task).size();
        tally.delivered += stored > 0 ? 1 : 0;
        tally.twice += stored > 1 ? 1 : 0;
        tally.lost += stored == 0 ? 1 : 0;
        return (times > 1 ? "by tus: " : "") + victim.name().toLowerCase(Locale.ROOT) + " killed " + moment.toMillis()
                + " ms after the first byte, "
                + (inWindow ? "before" : "after") + " the answer; " + how + "; the backend holds it " + stored
                + " times";
    }

    /** Every 2xx that relay or backend wrote, by their traces, has its delivery at the backend, once. */
    private void nothingAcknowledgedIsLost(Scene scene) throws IOException {
        Pattern answered = Pattern.compile("event=answered id=([0-9a-f-]{36})");
        for (Path log : List.of(scene.relayLog, scene.backendLog)) {
            Set<String> acknowledged = new HashSet<>();
            answered.matcher(Files.readString(log)).results().forEach(match -> acknowledged.add(match.group(1)));
            assertThat(acknowledged).isNotEmpty();
            assertThat(acknowledged)
                    .allSatisfy(task -> assertThat(scene.stored(task)).hasSize(1));
        }
        assertThat(scene.site.stored()).hasSameSizeAs(tasks);
    }

    private static void nothingIsLeftOver(Scene scene) {
        Awaitility.await("nothing is half received")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    assertThat(scene.files("backend/data/incoming")).isEmpty();
                    assertThat(scene.files("relay", "incoming")).isEmpty();
                    assertThat(scene.files("relay", "upload"))
                            .as("forwarded and gone")
                            .isEmpty();
                    assertThat(scene.files("relay", "set-aside")).isEmpty();
                    assertThat(scene.files("backend/data/set-aside")).isEmpty();
                });
        assertThat(scene.collectAgain()).contains("nothing is outstanding");
    }

    private void report() throws IOException {
        StringBuilder table = new StringBuilder("| killed | kills | between first byte and answer | delivered |"
                + " stored twice | lost |\n|---|---:|---:|---:|---:|---:|\n");
        Tally all = new Tally();
        tallies.forEach((victim, tally) -> {
            row(table, victim.name().toLowerCase(Locale.ROOT), tally);
            all.kills += tally.kills;
            all.inWindow += tally.inWindow;
            all.delivered += tally.delivered;
            all.twice += tally.twice;
            all.lost += tally.lost;
        });
        row(table, "all", all);
        System.out.println("reliability: seed " + SEED + "\n" + table);
        Files.writeString(Files.createDirectories(Path.of("target")).resolve("reliability.md"), table);
    }

    private static void row(StringBuilder table, String name, Tally tally) {
        table.append(String.format(
                Locale.ROOT,
                "| %s | %d | %d (%d %%) | %d | %d | %d |%n",
                name,
                tally.kills,
                tally.inWindow,
                tally.kills == 0 ? 0 : 100 * tally.inWindow / tally.kills,
                tally.delivered,
                tally.twice,
                tally.lost));
    }

    /** The task whose first byte this log tells of, after this place in it. */
    private static Optional<String> arriving(Path log, long after) throws IOException {
        return since(log, after)
                .lines()
                .filter(line -> line.contains("event=arriving id="))
                .findFirst()
                .map(line -> line.replaceFirst(".* id=([0-9a-f-]{36}).*", "$1"));
    }

    private static boolean answered(Path log, long after, String task) throws IOException {
        return since(log, after).contains("event=answered id=" + task);
    }

    private static String since(Path log, long after) throws IOException {
        try (var channel = Files.newByteChannel(log)) {
            channel.position(after);
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** One sender after the other, a relay and a backend that live on over all rounds. */
    private static final class Scene {
        private final Site site;
        private final Host relayHost;
        private final Path backendLog;
        private final Path relayLog;
        private Service backend;
        private Service relay;
        private int sends;

        Scene(Site site) {
            this.site = site;
            backendLog = site.dir.resolve("backend.log");
            relayLog = site.dir.resolve("relay.log");
            relayHost = site.relayHost();
            Net.slow(site.sender, "eth0", RATE);
            Net.slow(relayHost, "eth1", RATE);
            backend = startBackend();
            relay = startRelay();
        }

        Service startBackend() {
            backend = site.startBackend("--log-level", "debug");
            return backend;
        }

        Service startRelay() {
            relay = site.startRelay(relayHost, "relay", "--log-level", "debug");
            return relay;
        }

        Service send(Path file) {
            return site.sender.background(
                    Map.of(),
                    site.dir.resolve("send-" + ++sends + ".log"),
                    Shell.list(List.of(Host.WAYBILL), List.of(site.sendArgs(file))));
        }

        /** The sender lives, and ends by itself. */
        String decided(Service sender) {
            int code = sender.await(Duration.ofMinutes(4));
            assertThat(code).as(sender.log()).isZero();
            return "its send ended with a verified receipt";
        }

        /** The sender was killed; what it left in its outbox goes on. */
        String collect() {
            Shell.Result result = site.sender
                    .run(Map.of(), Duration.ofMinutes(4), collectCommand())
                    .ok();
            return result.err().contains("nothing is outstanding")
                    ? "it had its receipt already"
                    : "'receipts collect' ended with a verified receipt";
        }

        String collectAgain() {
            return site.sender
                    .run(Map.of(), Duration.ofMinutes(4), collectCommand())
                    .ok()
                    .err();
        }

        private List<String> collectCommand() {
            return List.of(
                    Host.WAYBILL,
                    "receipts",
                    "collect",
                    "--trust",
                    site.anchor.toString(),
                    "--via",
                    "lan",
                    "--interface",
                    "eth0",
                    "--data",
                    site.dir.resolve("sender").toString());
        }

        Path receipt(String task) {
            return files("sender", "receipts").stream()
                    .filter(file -> file.getFileName().toString().startsWith(task)
                            && file.toString().endsWith(".receipt"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no receipt of " + task + " among " + files("sender")));
        }

        List<Path> stored(String task) {
            return site.stored().stream()
                    .filter(path -> path.getFileName().toString().startsWith(task))
                    .toList();
        }

        /** All files below a directory, of those in a directory of this name if one is given. */
        List<Path> files(String below, String... within) {
            Path root = site.dir.resolve(below);
            if (!Files.exists(root)) {
                return List.of();
            }
            try (Stream<Path> all = Files.walk(root)) {
                return all.filter(Files::isRegularFile)
                        .filter(path -> within.length == 0
                                || Stream.iterate(path.getParent(), p -> !p.equals(root), Path::getParent)
                                        .anyMatch(p -> p.endsWith(within[0])))
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
