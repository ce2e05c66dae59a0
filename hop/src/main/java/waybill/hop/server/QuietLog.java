package waybill.hop.server;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Logs failures, at most ten a minute: who makes them happen shall not fill a disk with them. */
final class QuietLog {
    private static final int PER_MINUTE = 10;

    private final Logger log;
    private final LongSupplier ticker;
    private long minute;
    private int said;
    private long unsaid;

    QuietLog(Logger log, LongSupplier ticker) {
        this.log = log;
        this.ticker = ticker;
        this.minute = ticker.getAsLong();
    }

    /** Logs the failure, or counts it. */
    synchronized void failed(String what, Throwable why) {
        long now = ticker.getAsLong();
        if (now - minute > TimeUnit.MINUTES.toNanos(1)) {
            if (unsaid > 0) {
                log.warn("{} more failures were not logged", unsaid);
            }
            minute = now;
            said = 0;
            unsaid = 0;
        }
        if (said < PER_MINUTE) {
            said++;
            log.error("{}", what, why);
        } else {
            unsaid++;
        }
    }
}
