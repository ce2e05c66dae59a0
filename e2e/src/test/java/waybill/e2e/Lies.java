package waybill.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** What a liar answers to each call, lie by lie. */
final class Lies {
    private static final int GARBAGE = 1500;

    private final Outlet outlet;
    private final Forgeries forgeries;
    private final BackendUrl url;
    private final InetAddress victim;
    private final InetAddress own;
    private final Map<TaskId, Task> tasks = new ConcurrentHashMap<>();

    Lies(Outlet outlet, Forgeries forgeries, BackendUrl url, InetAddress victim, InetAddress own) {
        this.outlet = outlet;
        this.forgeries = forgeries;
        this.url = url;
        this.victim = victim;
        this.own = own;
    }

    /** What goes back over HTTP. */
    sealed interface Answer {
        /** 202 with the promise, or for a receipt 202 "not yet". */
        record Accepted(boolean promise) implements Answer {}

        /** 200 with these bytes as CMS. */
        record Cms(byte[] bytes) implements Answer {}

        /** A problem, unsigned. */
        record Failed(Problem problem) implements Answer {}

        /** Go there instead. */
        record Redirect(String to) implements Answer {}

        /** So many bytes of an answer, then the end of the connection. */
        record Cut(int bytes) implements Answer {}
    }

    /** An upload as it comes: its headers are read, its body is not. */
    record Arrival(TaskId id, Sha256 sha256, Optional<Sha256> contents, Optional<String> recipient, int length) {
        DeliveryKey key() {
            return new DeliveryKey(id, sha256, contents);
        }
    }

    /** Reads the body of an upload. */
    @FunctionalInterface
    interface Body {
        byte[] first(int bytes) throws IOException;
    }

    private static final class Task {
        final Lie lie;
        final CompletableFuture<byte[]> prepared = new CompletableFuture<>();
        final CompletableFuture<byte[]> receipt = new CompletableFuture<>();
        Instant accepted = Instant.MAX;

        Task(Lie lie) {
            this.lie = lie;
        }
    }

    /** The LAN was asked for this task. */
    void asked(TaskId id, Lie lie) {
        tasks.computeIfAbsent(id, _ -> {
            Task task = new Task(lie);
            switch (lie) {
                // Who hears the request knows the ID before the parcel is anywhere.
                case OLDER_RECEIPT -> later(task.prepared, () -> outlet.outcome(outlet.decoy(id)));
                case SQUATTED_ID -> later(task.prepared, () -> squat(id));
                default -> task.prepared.complete(new byte[0]);
            }
            return task;
        });
    }

    private byte[] squat(TaskId id) throws IOException, InterruptedException {
        Outlet.Goods goods = outlet.decoy(id);
        byte[] receipt = outlet.outcome(goods);
        outlet.toRelay(victim, goods);
        System.err.println("squatted " + goods.key());
        return receipt;
    }

    Answer profile() throws IOException {
        for (Task task : tasks.values()) {
            // The sender is to come after the squatter.
            join(task.prepared);
        }
        return new Answer.Cms(outlet.profile());
    }

    Answer put(Arrival arrival, Body body) throws IOException {
        Task task = task(arrival.id());
        switch (task.lie) {
            case CLOSES -> {
                Random random = new Random(arrival.id().value().getLeastSignificantBits());
                body.first(random.nextInt(arrival.length()));
                return new Answer.Cut(random.nextInt(20));
            }
            case REDIRECTS -> {
                body.first(arrival.length());
                return trap();
            }
            case SQUATTED_ID -> {
                body.first(arrival.length());
                return new Answer.Failed(Problem.BUSY);
            }
            default -> {
                byte[] bytes = body.first(arrival.length());
                later(task.receipt, () -> receipt(task.lie, arrival, bytes));
                task.accepted = Instant.now();
                return new Answer.Accepted(true);
            }
        }
    }

    Answer receipt(TaskId id) throws IOException {
        Task task = task(id);
        return switch (task.lie) {
            case NEVER -> new Answer.Accepted(false);
            case TOO_LATE ->
                Instant.now().isBefore(task.accepted.plus(Liar.lateness(LiarsTest.ALLOWANCE)))
                        ? new Answer.Accepted(false)
                        : new Answer.Cms(join(task.receipt));
            case GONE -> new Answer.Failed(Problem.GONE);
            case REDIRECTS_RECEIPT -> trap();
            default -> new Answer.Cms(join(task.receipt));
        };
    }

    /** What he will show for the delivery. */
    private byte[] receipt(Lie lie, Arrival arrival, byte[] bytes) throws IOException {
        Packet.Receipt right = new Packet.Receipt(
                arrival.id(),
                url,
                arrival.length(),
                arrival.sha256(),
                arrival.contents(),
                true,
                arrival.recipient(),
                Instant.now());
        return switch (lie) {
            case GARBAGE -> {
                byte[] garbage = new byte[GARBAGE];
                new Random(1).nextBytes(garbage);
                yield garbage;
            }
            case UNSIGNED_PACKET -> forgeries.unsignedPacket(right);
            case UNSIGNED_CMS -> forgeries.unsignedCms(right);
            case ALTERED -> forgeries.altered(right);
            case SELF_SIGNED -> forgeries.selfSigned(right);
            case WRONG_HOST -> forgeries.wrongHost(right);
            case PROFILE_KEY -> forgeries.byProfileKey(right);
            case EXPIRED_CERTIFICATE -> forgeries.expired(right);
            case OTHER_DELIVERY -> outlet.outcome(outlet.decoy(outlet.another()));
            case OLDER_RECEIPT -> join(task(arrival.id()).prepared);
            case SWAPS -> outlet.outcome(outlet.decoy(arrival.id()));
            case TRUNCATES -> {
                byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
                yield outlet.outcome(new Outlet.Goods(
                        new DeliveryKey(arrival.id(), Sha256.of(half), arrival.contents()), arrival.recipient(), half));
            }
            case TOO_LATE -> outlet.outcome(new Outlet.Goods(arrival.key(), arrival.recipient(), bytes));
            case NEVER, GONE, REDIRECTS_RECEIPT, REDIRECTS, CLOSES, ELSEWHERE, SPOOFED_NODE, SQUATTED_ID ->
                "nothing".getBytes(StandardCharsets.US_ASCII);
        };
    }

    private Answer trap() {
        return new Answer.Redirect("https://" + own.getHostAddress() + ":" + Liar.TRAP + "/a/elsewhere");
    }

    private Task task(TaskId id) throws IOException {
        Task task = tasks.get(id);
        if (task == null) {
            throw new IOException("nobody asked for " + id);
        }
        return task;
    }

    private interface Work {
        byte[] done() throws IOException, InterruptedException;
    }

    private static void later(CompletableFuture<byte[]> result, Work work) {
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(work.done());
            } catch (IOException | InterruptedException | RuntimeException e) {
                e.printStackTrace();
                result.completeExceptionally(e);
            }
        });
    }

    private static byte[] join(CompletableFuture<byte[]> result) throws IOException {
        try {
            return result.orTimeout(Duration.ofSeconds(30).toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw new IOException(e);
        }
    }
}
