package waybill.update;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import waybill.requester.RequesterConfig.Via;

/**
 * Who is turned to for one file, or for the catalogue: the LAN, and the origin where that gives nobody, or nobody who is of
 * use; then both by turns. For one thread.
 */
final class Search implements Hands {
    private final String href;
    private final Via via;
    private final Nearby nearby;
    private final Supplier<List<Giver>> origin;
    private final FetchWatch watch;
    private boolean lanNext = true;

    /** @param origin the origin itself; none where it may not be dialled */
    Search(String href, Via via, Nearby nearby, Supplier<List<Giver>> origin, FetchWatch watch) {
        this.href = href;
        this.via = via;
        this.nearby = nearby;
        this.origin = origin;
        this.watch = watch;
    }

    @Override
    public List<Giver> next() throws InterruptedException {
        return switch (via) {
            case DIRECT -> origin.get();
            case LAN -> nearby.all(href, watch);
            case AUTO -> {
                if (lanNext) {
                    List<Giver> near = nearby.all(href, watch);
                    if (!near.isEmpty()) {
                        lanNext = false;
                        yield near;
                    }
                }
                lanNext = true;
                yield origin.get();
            }
        };
    }

    /** Whether all there are were turned to, and it is time for a pause. */
    boolean isLapOver() {
        return via != Via.AUTO || lanNext;
    }

    /**
     * These before all others: those who hold it, the one who has answered already, the rest. Where the bytes are known, and
     * none of these holds them but the origin, the LAN is asked for them first: by their digest, and then, if it is silent,
     * once more by their name. A site has one line, and an answer that was lost must not cost it a copy.
     *
     * @param bytes where they are worth that
     */
    Hands after(List<Giver> known, Optional<Giver> first, Optional<Wanted> bytes) {
        List<Giver> ordered = new ArrayList<>(known);
        ordered.sort(Comparator.comparing((Giver giver) -> !giver.holds())
                .thenComparing(giver -> !Optional.of(giver).equals(first)));
        Deque<Hands> before = new ArrayDeque<>();
        boolean near = ordered.stream().anyMatch(giver -> !giver.isOrigin());
        if (bytes.isPresent()
                && via != Via.DIRECT
                && ordered.stream().noneMatch(giver -> giver.holds() && !giver.isOrigin())) {
            before.add(
                    () -> nearby.holders(href, bytes.get().sha256(), bytes.get().size()));
            if (!near && !ordered.isEmpty()) {
                before.add(() -> nearby.all(href, watch));
            }
        }
        before.add(() -> List.copyOf(ordered));
        return new Hands() {
            @Override
            public List<Giver> next() throws InterruptedException {
                List<Giver> next = List.of();
                while (next.isEmpty() && !before.isEmpty()) {
                    next = before.remove().next();
                }
                return next.isEmpty() ? Search.this.next() : next;
            }

            @Override
            public List<Giver> instead() throws InterruptedException {
                return bytes.isEmpty() || via == Via.DIRECT
                        ? List.of()
                        : nearby.holders(href, bytes.get().sha256(), 0).stream()
                                .filter(Giver::holds)
                                .toList();
            }
        };
    }
}
