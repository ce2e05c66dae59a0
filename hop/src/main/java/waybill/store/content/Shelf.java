package waybill.store.content;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import waybill.protocol.Sha256;

/**
 * What a cache holds, how much room that takes, and what goes first: the content that nobody asked for longest, unless it
 * is arriving. Safe for use by several threads.
 */
final class Shelf {
    private static final Comparator<Map.Entry<Sha256, Item>> LEAST_WANTED =
            Comparator.comparing(one -> one.getValue().used());

    /** One content. */
    private record Item(long size, Instant used, boolean whole) {}

    private final Map<Sha256, Item> items = new HashMap<>();
    private final Set<Sha256> arriving = new HashSet<>();
    private final Set<Sha256> leaving = new HashSet<>();
    private long bytes;

    /** It is there, in place of what was there of it. */
    synchronized void put(Sha256 digest, long size, Instant used, boolean whole) {
        remove(digest);
        items.put(digest, new Item(size, used, whole));
        bytes += size;
    }

    /** It is not there any more. */
    synchronized void remove(Sha256 digest) {
        Item item = items.remove(digest);
        if (item != null) {
            bytes -= item.size();
        }
    }

    /** Somebody asked for it; when that was the case before, if it is there. */
    synchronized Optional<Instant> touch(Sha256 digest, Instant now) {
        Item item = items.get(digest);
        if (item == null) {
            return Optional.empty();
        }
        items.put(digest, new Item(item.size(), now, item.whole()));
        return Optional.of(item.used());
    }

    /** Whether all of it is there. */
    synchronized boolean isWhole(Sha256 digest) {
        Item item = items.get(digest);
        return item != null && item.whole();
    }

    /**
     * It is worked on: it does not go, however little room there is. One that goes just now is gone on return, whatever the
     * thread is told meanwhile: that takes a moment. False if it is worked on already.
     */
    synchronized boolean hold(Sha256 digest) {
        boolean interrupted = false;
        while (leaving.contains(digest)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return arriving.add(digest);
    }

    synchronized void letGo(Sha256 digest) {
        arriving.remove(digest);
    }

    /** It is to go now; false if it is worked on, or goes already. */
    synchronized boolean leave(Sha256 digest) {
        return !arriving.contains(digest) && leaving.add(digest);
    }

    /** It is gone. */
    synchronized void left(Sha256 digest) {
        remove(digest);
        leaving.remove(digest);
        notifyAll();
    }

    private boolean mayGo(Map.Entry<Sha256, Item> one) {
        return !arriving.contains(one.getKey()) && !leaving.contains(one.getKey());
    }

    /** Bytes in all. */
    synchronized long bytes() {
        return bytes;
    }

    /** Whether that much could be held if all went that may go. */
    synchronized boolean couldHold(long size, long most, Sha256 except) {
        long stays = items.entrySet().stream()
                .filter(one -> arriving.contains(one.getKey()) && !one.getKey().equals(except))
                .mapToLong(one -> one.getValue().size())
                .sum();
        return size <= most - stays;
    }

    /** The one to go next so that no more than so many bytes are left; empty if they fit, or nothing may go. */
    synchronized Optional<Sha256> surplus(long most, boolean partialToo) {
        return bytes <= most
                ? Optional.empty()
                : mayGo(partialToo).min(LEAST_WANTED).map(Map.Entry::getKey);
    }

    /** Those to go so that so many bytes become free; none if all that may go would not do. */
    synchronized List<Sha256> toFree(long lacking, boolean partialToo) {
        List<Sha256> going = new ArrayList<>();
        long left = lacking;
        for (Map.Entry<Sha256, Item> one :
                mayGo(partialToo).sorted(LEAST_WANTED).toList()) {
            if (left > 0) {
                going.add(one.getKey());
                left -= one.getValue().size();
            }
        }
        return left > 0 ? List.of() : going;
    }

    private Stream<Map.Entry<Sha256, Item>> mayGo(boolean partialToo) {
        return items.entrySet().stream()
                .filter(one -> mayGo(one) && (partialToo || one.getValue().whole()));
    }

    /** Those that nobody asked for since then. */
    synchronized List<Sha256> unusedSince(Instant before) {
        return items.entrySet().stream()
                .filter(one -> mayGo(one) && one.getValue().used().isBefore(before))
                .map(Map.Entry::getKey)
                .toList();
    }
}
