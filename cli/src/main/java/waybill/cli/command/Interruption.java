package waybill.cli.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;

/**
 * Ctrl-C and SIGTERM: while it is open, a signal interrupts the thread that opened it and gives it a moment to leave the
 * outbox in order.
 */
final class Interruption implements AutoCloseable {
    private static final long GRACE_SECONDS = 5;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    private Interruption(Thread worker) {
        hook = Thread.ofPlatform().name("interruption").unstarted(() -> {
            worker.interrupt();
            try {
                done.await(GRACE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    static Interruption watch() {
        Interruption interruption = new Interruption(Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is going down already; the hook has what it waits for
        }
    }

    /** What an interrupted command says; a file that was open just then says it by its own exception. */
    static CliException explained(Exception cause) {
        return new CliException(
                ExitCode.INTERRUPTED,
                "interrupted",
                "what was sealed is kept in the outbox; 'waybill receipts collect' goes on with it",
                cause);
    }
}
