package waybill.update.share;

import java.util.List;
import java.util.Optional;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.update.FetchWatch;
import waybill.update.Giver;
import waybill.update.Nearby;

/**
 * Whom a relay turns to (section 10.9): another one that has it, or is about to and is before it in the order; then the
 * origin; then whoever knows another way. Safe for use by several threads.
 */
public final class RelaySources implements Sources {
    /** Below this size it costs more to ask the LAN than to fetch it. */
    private static final long WORTH_ASKING = 256 * 1024;

    private final NodeId self;
    private final Nearby nearby;
    private final Way way;

    /**
     * As this relay sees it.
     *
     * @param self it never asks itself
     * @param nearby asks the LANs as a relay asks, and never chooses this one
     */
    public RelaySources(NodeId self, Nearby nearby, Way way) {
        this.self = self;
        this.nearby = nearby;
        this.way = way;
    }

    @Override
    public Source of(String href, long size, Optional<Sha256> bytes) {
        return new Everybody(href, size, bytes);
    }

    @Override
    public boolean areOpen(String network, boolean relay) {
        return way.isOpen(network, relay);
    }

    /**
     * Whom a relay turns to, batch by batch, until there is nobody left: who has it or is elected to fetch it, then the
     * origin, then whoever knows another way.
     */
    private final class Everybody implements Source {
        private final String href;
        private final long size;
        private final Optional<Sha256> bytes;
        private Optional<Way.Leave> leave = Optional.empty();
        private int step;

        Everybody(String href, long size, Optional<Sha256> bytes) {
            this.href = href;
            this.size = size;
            this.bytes = bytes;
        }

        @Override
        public List<Giver> next() throws InterruptedException {
            List<Giver> found = List.of();
            while (found.isEmpty() && step < 3) {
                found = switch (step++) {
                    case 0 -> bytes.isPresent() && size >= WORTH_ASKING ? ahead() : List.of();
                    case 1 -> origin();
                    default -> nearby.all(href, FetchWatch.SILENT);
                };
            }
            if (found.isEmpty() && bytes.isPresent()) {
                step = 0; // a content is worth another lap, as long as somebody waits for it
            }
            return found;
        }

        /**
         * Those who hold it, and those who are about to fetch it and are before this one in the order. It is listened long for
         * an answer; one who began to mean to fetch it in that time is found by a second, short question.
         */
        private List<Giver> ahead() throws InterruptedException {
            List<Giver> found = ahead(size);
            return found.isEmpty() ? ahead(0) : found;
        }

        private List<Giver> ahead(long atStake) throws InterruptedException {
            return nearby.holders(href, bytes.orElseThrow(), atStake).stream()
                    .filter(giver -> giver.holds() || isBefore(giver))
                    .toList();
        }

        private boolean isBefore(Giver giver) {
            return giver.node()
                    .map(node -> Nearby.place(node, href) < Nearby.place(self, href))
                    .orElse(false);
        }

        /** Of two at the origin, the one behind in the order gives way. */
        @Override
        public List<Giver> instead() throws InterruptedException {
            return bytes.isEmpty() || size < WORTH_ASKING
                    ? List.of()
                    : nearby.holders(href, bytes.get(), 0).stream()
                            .filter(giver -> giver.holds() && isBefore(giver))
                            .toList();
        }

        private List<Giver> origin() {
            // One at a time: what was kept for an attempt that failed is not to keep the next one from the line.
            close();
            leave = way.toOrigin(size);
            return leave.map(one -> List.of(one.origin())).orElse(List.of());
        }

        @Override
        public void close() {
            leave.ifPresent(Way.Leave::close);
            leave = Optional.empty();
        }
    }
}
