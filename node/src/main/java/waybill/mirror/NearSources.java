package waybill.mirror;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import waybill.protocol.Sha256;
import waybill.requester.RequesterConfig.Via;
import waybill.update.FetchWatch;
import waybill.update.Giver;
import waybill.update.Nearby;
import waybill.update.share.Sources;

/**
 * Whom a machine turns to that only serves itself: the LAN, those who hold it first, then the origin where there is a way.
 * For small files whoever answered a moment ago is good enough, and silence of a moment ago as well: clients ask for many of
 * them. Safe for use by several threads.
 */
final class NearSources implements Sources {
    /** From this size on it is worth asking who has a file. */
    private static final long WORTH_ASKING = 4L << 20;
    /** So long an answer of the LAN is good for small files. */
    static final Duration MOMENT = Duration.ofSeconds(30);

    private final Via via;
    private final Lan lan;
    private final Supplier<List<Giver>> origin;
    private final LongSupplier nanos;
    private volatile Optional<Heard> heard = Optional.empty();

    /** Asks the LAN. */
    interface Lan {
        /** As {@link Nearby#all}. */
        List<Giver> all(String href) throws InterruptedException;

        /** As {@link Nearby#holders}. */
        List<Giver> holders(String href, Sha256 sha256, long size) throws InterruptedException;

        /** The real one. */
        static Lan of(Nearby nearby) {
            return new Lan() {
                @Override
                public List<Giver> all(String href) throws InterruptedException {
                    return nearby.all(href, FetchWatch.SILENT);
                }

                @Override
                public List<Giver> holders(String href, Sha256 sha256, long size) throws InterruptedException {
                    return nearby.holders(href, sha256, size);
                }
            };
        }
    }

    private record Heard(List<Giver> givers, long at) {}

    /** @param origin the origin itself; none where it may not be dialled */
    NearSources(Via via, Lan lan, Supplier<List<Giver>> origin, LongSupplier nanos) {
        this.via = via;
        this.lan = lan;
        this.origin = origin;
        this.nanos = nanos;
    }

    @Override
    public Source of(String href, long size, Optional<Sha256> bytes) {
        return new Near(href, size, bytes);
    }

    /** It is asked by nobody. */
    @Override
    public boolean areOpen(String network, boolean relay) {
        return false;
    }

    private List<Giver> ask(String href) throws InterruptedException {
        List<Giver> givers = lan.all(href);
        heard = Optional.of(new Heard(givers, nanos.getAsLong()));
        return givers;
    }

    /** Those of a moment ago, in the order in which everybody asks them for this; empty if that was longer ago. */
    private Optional<List<Giver>> lately(String href) {
        return heard.filter(one -> nanos.getAsLong() - one.at() < MOMENT.toNanos())
                .map(one -> one.givers().stream()
                        .sorted(Comparator.comparing(giver -> giver.node()
                                .map(node -> Nearby.place(node, href))
                                .orElse(1.0)))
                        .map(giver -> new Giver(giver.who(), giver.peer(), giver.hop(), false))
                        .toList());
    }

    private final class Near implements Source {
        private final String href;
        private final long size;
        private final Optional<Sha256> bytes;
        private boolean first = true;
        private int step;

        Near(String href, long size, Optional<Sha256> bytes) {
            this.href = href;
            this.size = size;
            this.bytes = bytes;
        }

        @Override
        public List<Giver> next() throws InterruptedException {
            List<Giver> found = List.of();
            while (found.isEmpty() && step < 3) {
                found = switch (step++) {
                    case 0 -> holders();
                    case 1 -> near();
                    default -> via == Via.LAN ? List.of() : origin.get();
                };
            }
            if (found.isEmpty() && bytes.isPresent()) {
                step = 0; // a content is worth another lap, as long as somebody waits for it
                first = false;
            }
            return found;
        }

        /** Who has these very bytes, also one who fetches nothing for others; it is worth asking for large ones. */
        private List<Giver> holders() throws InterruptedException {
            return via == Via.DIRECT || bytes.isEmpty() || size < WORTH_ASKING
                    ? List.of()
                    : lan.holders(href, bytes.get(), size);
        }

        @Override
        public List<Giver> instead() throws InterruptedException {
            return via == Via.DIRECT || bytes.isEmpty() || size < WORTH_ASKING
                    ? List.of()
                    : lan.holders(href, bytes.get(), 0).stream()
                            .filter(Giver::holds)
                            .toList();
        }

        private List<Giver> near() throws InterruptedException {
            if (via == Via.DIRECT) {
                return List.of();
            }
            boolean small = bytes.isPresent() && size < WORTH_ASKING;
            Optional<List<Giver>> known = small && first ? lately(href) : Optional.empty();
            return known.isPresent() ? known.get() : ask(href);
        }

        @Override
        public void close() {
            // Nothing was taken.
        }
    }
}
