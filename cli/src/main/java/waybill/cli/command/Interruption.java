package waybill.cli.command;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;

/**
 * Ctrl-C and SIGTERM: while it is open, a signal interrupts the thread that opened it. The process then lives until
 * {@link #ended the program has said} how it ended, ten seconds at the most, and ends with that exit code.
 */
public final class Interruption implements AutoCloseable {
    private static final long GRACE_SECONDS = 10;
    private static final CompletableFuture<Integer> END = new CompletableFuture<>();

    private final Thread hook;

    /** What the signal does; {@code end} gets the exit code, and {@code halt} ends the process with it. */
    Interruption(Thread worker, CompletableFuture<Integer> end, IntConsumer halt) {
        hook = Thread.ofPlatform().name("interruption").unstarted(() -> {
            worker.interrupt();
            try {
                halt.accept(end.get(GRACE_SECONDS, TimeUnit.SECONDS));
            } catch (TimeoutException | ExecutionException e) {
                // whoever gave the signal has waited long enough
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Watches for a signal on behalf of this thread. */
    public static Interruption watch() {
        Interruption interruption = new Interruption(Thread.currentThread(), END, Runtime.getRuntime()::halt);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** The program has printed all it had to say and ends with this exit code: after a signal, at once. */
    public static void ended(int exitCode) {
        END.complete(exitCode);
    }

    /** What runs on a signal. */
    Thread hook() {
        return hook;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is going down already; the hook waits for the last words
        }
    }

    /**
     * What an interrupted command says; a file that was open just then says it by its own exception.
     *
     * @param kept whether there is something in the outbox
     */
    static CliException explained(Exception cause, boolean kept) {
        return kept
                ? kept("what was sealed is kept in the outbox; 'waybill receipts collect' goes on with it", cause)
                : new CliException(
                        ExitCode.INTERRUPTED,
                        "interrupted before anything was sealed",
                        "nothing is kept: send it again",
                        false,
                        cause);
    }

    /** What an interrupted command says that can be gone on with. */
    static CliException kept(String hint, Exception cause) {
        return new CliException(ExitCode.INTERRUPTED, "interrupted", hint, true, cause);
    }
}
