package waybill.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.e2e.Strace.Call;

/**
 * Durable before acknowledged (section 3), as the system sees it: the payload's fsync, its folder's after the rename and
 * the index's after the commit have all returned before the first byte of the 2xx is written.
 */
final class SyscallOrderTest {
    private static final int DELIVERIES = 6;
    private static final Pattern ANSWER =
            Pattern.compile("^HTTP/1\\.1 20[02] .*?/([0-9a-f-]{36})/receipt\\?sha256=([0-9a-f]{64})", Pattern.DOTALL);

    @TempDir
    Path dir;

    @ParameterizedTest
    @EnumSource(TracedHop.Role.class)
    void everythingIsSyncedBeforeTheAnswerIsWritten(TracedHop.Role role) throws Exception {
        Path trace = dir.resolve("trace");
        try (TracedHop hop = new TracedHop(role, dir)) {
            Service service = hop.startTraced(trace);
            hop.deliver(hop.base(service, hop.data()), hop.deliveries(DELIVERIES, new Random(1)), 2)
                    .await(Duration.ofMinutes(1));
            TracedHop.kill(service);
        }
        List<Call> calls = Strace.parse(Strace.lines(trace));
        List<Acknowledged> all = acknowledged(calls);
        assertThat(all).hasSize(DELIVERIES);
        for (Acknowledged one : all) {
            assertThat(fault(calls, one)).as(one.toString()).isEmpty();
        }

        // The judge itself: each of the three syncs, returned only after the answer, is found out.
        Acknowledged one = all.get(DELIVERIES / 2);
        Proof proof = proof(calls, one);
        assertThat(proof.syncs()).hasSize(3);
        for (Call sync : proof.syncs()) {
            List<Call> doctored = returnedAfter(calls, sync, one.answer());
            assertThat(fault(doctored, one))
                    .as("with %s only after the answer", sync.path())
                    .isPresent();
        }
    }

    /**
     * The same trace, but for one sync that returned only when the answer was written, and with it all later ones of the
     * same file or folder: a neighbour's sync, in between, would have served as well.
     */
    private static List<Call> returnedAfter(List<Call> calls, Call sync, Call answer) {
        return calls.stream()
                .map(call -> call.syncs(sync.path()) && call.begun() >= sync.begun() && call.ended() < answer.begun()
                        ? call.endedAt(answer.ended())
                        : call)
                .toList();
    }

    /** A 2xx to an upload. */
    private record Acknowledged(String id, String sha256, Call answer) {
        @Override
        public String toString() {
            return id;
        }
    }

    private static List<Acknowledged> acknowledged(List<Call> calls) {
        List<Acknowledged> all = new ArrayList<>();
        for (Call call : calls) {
            if (call.socket() && call.writes()) {
                Matcher matcher = ANSWER.matcher(call.latin());
                if (matcher.find()) {
                    all.add(new Acknowledged(matcher.group(1), matcher.group(2), call));
                }
            }
        }
        return all;
    }

    /** The syncs that had returned before the answer, or what was missing first. */
    private record Proof(List<Call> syncs, Optional<String> missing) {}

    private static Optional<String> fault(List<Call> calls, Acknowledged one) {
        return proof(calls, one).missing();
    }

    private static Proof proof(List<Call> calls, Acknowledged one) {
        List<Call> syncs = new ArrayList<>();
        int deadline = one.answer().begun();
        Optional<Call> rename = first(
                calls,
                call -> call.is("rename", "renameat", "renameat2")
                        && call.text(1).contains("/upload/")
                        && call.text(1).contains("/" + one.id() + "." + one.sha256())
                        && call.done()
                        && call.ended() < deadline);
        if (rename.isEmpty()) {
            return new Proof(syncs, Optional.of("no rename to its name"));
        }
        String aside = rename.get().text(0);
        int written = calls.stream()
                .filter(call -> call.writes() && call.path().equals(aside))
                .mapToInt(Call::ended)
                .max()
                .orElse(Integer.MAX_VALUE);
        Optional<Call> bytes = first(
                calls,
                call -> call.syncs(aside)
                        && call.result() == 0
                        && call.begun() >= written
                        && call.ended() < rename.get().begun());
        if (bytes.isEmpty()) {
            return new Proof(syncs, Optional.of("the payload was not synced before it got its name"));
        }
        syncs.add(bytes.get());
        String target = rename.get().text(1);
        String folder = target.substring(0, target.lastIndexOf('/'));
        Optional<Call> name = first(
                calls,
                call -> call.syncs(folder)
                        && call.result() == 0
                        && call.begun() > rename.get().ended()
                        && call.ended() < deadline);
        if (name.isEmpty()) {
            return new Proof(syncs, Optional.of("the folder was not synced before the answer"));
        }
        syncs.add(name.get());
        Optional<Call> commit = first(
                calls,
                call -> call.writes()
                        && call.path().endsWith("/state.db-wal")
                        && call.begun() > name.get().ended()
                        && call.latin().contains(one.id()));
        Optional<Call> index = commit.flatMap(write -> first(
                calls,
                call -> call.syncs(write.path())
                        && call.result() == 0
                        && call.begun() > write.ended()
                        && call.ended() < deadline));
        if (index.isEmpty()) {
            return new Proof(syncs, Optional.of("the index was not synced before the answer"));
        }
        syncs.add(index.get());
        return new Proof(syncs, Optional.empty());
    }

    private static Optional<Call> first(List<Call> calls, Predicate<Call> wanted) {
        return calls.stream().filter(wanted).findFirst();
    }
}
