package waybill.requester;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import waybill.discovery.Offer;

/**
 * What tasks that run side by side find out about the ways to one backend, and need to find out only once: the answers to
 * the last round of discovery, the profile, and that the backend itself is out of reach. Safe for use by several threads.
 */
final class Surroundings {
    private final Clocks clocks;
    private final ReentrantLock asking = new ReentrantLock();
    private final ReentrantLock fetching = new ReentrantLock();
    private Answers latest = new Answers(0, 0, List.of());
    private volatile Optional<OutOfReach> outOfReach = Optional.empty();

    Surroundings(Clocks clocks) {
        this.clocks = clocks;
    }

    /**
     * What a round brought.
     *
     * @param number counts the rounds from 1
     * @param at ticks of the clock when its answers were in
     */
    record Answers(int number, long at, List<Offer> offers) {}

    private record OutOfReach(Candidates who, long at) {}

    /** Asks the LAN. */
    @FunctionalInterface
    interface Asking {
        List<Offer> ask() throws IOException, InterruptedException;
    }

    /**
     * The answers to a round after that of this number: those at hand if they are fresh, else those to a new one. Who comes
     * while another asks waits for his answers.
     *
     * @param used the last round this task made use of, 0 if none
     * @throws IOException if the LAN could not be asked
     */
    Answers after(int used, Asking round) throws IOException, InterruptedException {
        asking.lockInterruptibly();
        try {
            if (latest.number() <= used || !fresh(latest.at())) {
                List<Offer> offers = round.ask();
                latest = new Answers(latest.number() + 1, clocks.ticks(), List.copyOf(offers));
            }
            return latest;
        } finally {
            asking.unlock();
        }
    }

    /** To be held while the profile is looked for. */
    ReentrantLock fetching() {
        return fetching;
    }

    /** This task did not reach the backend itself. */
    void outOfReach(Candidates who) {
        outOfReach = Optional.of(new OutOfReach(who, clocks.ticks()));
    }

    /** Whether another task has just tried the backend itself in vain. */
    boolean othersMissedIt(Candidates who) {
        return outOfReach
                .filter(missed -> missed.who() != who && fresh(missed.at()))
                .isPresent();
    }

    private boolean fresh(long at) {
        return clocks.ticks() - at < Candidates.FRESH.toNanos();
    }
}
