package waybill.requester;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * One task's place among those that run side by side: so many work at once, and those that wait for a receipt a neighbour
 * has promised for later make room for others. Closing gives the place back. For one thread.
 */
final class Turn implements AutoCloseable {
    /** A receipt that comes sooner is waited for in place: a second task would only be in its way. */
    static final Duration SOON = Duration.ofSeconds(2);

    private final Table table;
    private boolean working;
    private boolean holding;

    private Turn(Table table) {
        this.table = table;
    }

    /** The place of a task that has the table to itself. */
    static Turn alone() {
        return new Turn(new Table(Integer.MAX_VALUE));
    }

    /** The places of tasks side by side. Safe for use by several threads. */
    static final class Table {
        private final boolean shared;
        private final Semaphore working;
        private final Semaphore holding;

        /** At most so many work at once, and as many others have a neighbour hold his answer. */
        Table(int places) {
            this.shared = places < Integer.MAX_VALUE;
            this.working = new Semaphore(places, true);
            this.holding = new Semaphore(places);
        }

        /** Waits for a place. */
        Turn next() throws InterruptedException {
            Turn turn = new Turn(this);
            turn.work();
            return turn;
        }
    }

    /** Goes on working, once there is a place. */
    void work() throws InterruptedException {
        if (!working) {
            table.working.acquire();
            working = true;
        }
    }

    /** Waits for something that takes its time: another may work meanwhile. */
    void rest() {
        if (working && table.shared) {
            working = false;
            table.working.release();
        }
    }

    /**
     * How long a neighbour may be asked to hold his answer: as long as wanted for one that is alone, a little in place, and
     * not at all where as many others are held already. To be followed by {@link #answered}.
     */
    Duration hold(Duration wanted) {
        if (!table.shared) {
            return wanted;
        }
        if (working) {
            return wanted.compareTo(SOON) < 0 ? wanted : SOON;
        }
        holding = table.holding.tryAcquire();
        return holding ? wanted : Duration.ZERO;
    }

    /** The answer is here, whatever it is. */
    void answered() {
        if (holding) {
            holding = false;
            table.holding.release();
        }
    }

    @Override
    public void close() {
        answered();
        rest();
    }
}
