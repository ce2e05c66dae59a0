package waybill.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.hop.server.HopServer;

/** What services have in common: they run until they are told to stop, then end in order. */
final class Service {
    private Service() {}

    /** Returns never but by an interrupt; on SIGTERM or Ctrl-C the stop is run, and the process ends. */
    static void untilTold(Runnable stop) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(stop));
        new CountDownLatch(1).await();
    }

    /** {@code HOST:PORT} without a look-up. */
    static String text(InetSocketAddress address) {
        return HopServer.text(address);
    }

    /** What is said when a service could not start. */
    static CliException notStarted(String service, IOException e) {
        return new CliException(
                ExitCode.LOCAL_IO,
                "the " + service + " cannot start: " + Reason.of(e),
                "is the port free, the data directory writable and not in use by another process?",
                e);
    }
}
