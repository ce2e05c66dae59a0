package waybill.update;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.StoreFullException;
import waybill.store.content.ContentStore;
import waybill.store.content.DamagedContentException;
import waybill.update.FetchResult.Outcome;
import waybill.update.FetchResult.Published;

/** Brings a file and puts it in its place: all of it and verified, or nothing. Safe for use by several threads. */
final class Placing {
    private final Supply supply;
    private final ContentStore store;
    private final Duration patience;
    /** Two files may have the same bytes. */
    private final Map<Sha256, ReentrantLock> busy = new ConcurrentHashMap<>();

    /** @param patience the longest time without a piece */
    Placing(Supply supply, Duration patience) {
        this.supply = supply;
        this.store = supply.store();
        this.patience = patience;
    }

    FetchResult put(Published published, Path target, Hands hands, FetchWatch watch) throws InterruptedException {
        ReentrantLock lock = busy.computeIfAbsent(published.wanted().sha256(), _ -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            return locked(published, target, hands, watch);
        } finally {
            lock.unlock();
        }
    }

    private FetchResult locked(Published published, Path target, Hands hands, FetchWatch watch)
            throws InterruptedException {
        Wanted wanted = published.wanted();
        Outcome outcome;
        String detail = "";
        try {
            if (Target.has(target, wanted.size(), wanted.sha256())) {
                outcome = Outcome.CURRENT;
            } else {
                bring(wanted, target, hands, watch);
                outcome = Outcome.FETCHED;
            }
        } catch (NobodyGivesException e) {
            outcome = e.unverified() ? Outcome.UNVERIFIED : Outcome.NOT_HAD;
            detail = String.valueOf(e.getMessage());
        } catch (UpdateFault e) {
            outcome = Outcome.UNVERIFIED;
            detail = e.kind() + ": " + e.detail();
        } catch (DamagedContentException e) {
            outcome = Outcome.UNVERIFIED;
            detail = String.valueOf(e.getMessage());
        } catch (StoreFullException e) {
            outcome = Outcome.LOCAL;
            detail = noRoom(e.limit());
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException(); // a file that was open just then says it in its own way
            }
            outcome = Outcome.LOCAL;
            detail = words(e);
        }
        return new FetchResult(wanted.file(), target, outcome, Optional.of(published), detail);
    }

    private void bring(Wanted wanted, Path target, Hands hands, FetchWatch watch)
            throws IOException, StoreFullException, UpdateFault, InterruptedException {
        supply.bring(wanted, hands, _ -> {}, watch, patience);
        try {
            place(wanted, target);
        } catch (FileNotFoundException | NoSuchFileException e) {
            if (store.isThere(wanted.sha256())) {
                throw e; // it is the target that has no place
            }
            // Another one, of this process or a second one that shares the cache, made room just then.
            supply.bring(wanted, hands, _ -> {}, watch, patience);
            place(wanted, target);
        }
    }

    private String noRoom(StoreFullException.Limit limit) {
        return limit == StoreFullException.Limit.FREE_SPACE
                ? "no room: of the cache's filesystem " + (store.limits().freeFloor() >> 20) + " MiB are to stay free"
                : "no room: it is larger than the cache may be";
    }

    /** The file that is written aside has a name that says nothing to anybody. */
    private static String words(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "no such directory";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException of when of.getReason() != null -> of.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }

    private void place(Wanted wanted, Path target) throws IOException {
        if (wanted.size() > store.limits().size()) {
            store.moveTo(wanted.sha256(), target);
        } else {
            store.copyTo(wanted.sha256(), target);
        }
    }
}
