package waybill.update;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import waybill.hop.ContentAnswer;
import waybill.hop.HopClient;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.store.StoreFullException;
import waybill.store.content.Arrival;
import waybill.store.content.ContentStore;

/**
 * Brings contents into a store, from whomever there is (section 10.9): the list of piece hashes, then the pieces, then the
 * whole. Safe for use by several threads; a content is brought by one of them at a time.
 */
public final class Supply {
    private static final Duration ALLOWANCE = Duration.ofSeconds(10);
    private static final long FLOOR = 16 * 1024;
    /** Searches in vain for something small. */
    private static final int LAPS = 3;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);

    private final ContentStore store;
    private final Blame blame;
    private final boolean within;
    private final LongSupplier nanos;

    /**
     * Brings into this store.
     *
     * @param within whether the store's size holds for what is brought, or it only passes through
     */
    public Supply(ContentStore store, Blame blame, boolean within, LongSupplier nanos) {
        this.store = store;
        this.blame = blame;
        this.within = within;
        this.nanos = nanos;
    }

    /** Where it is brought. */
    public ContentStore store() {
        return store;
    }

    /**
     * Brings a content, if it is not there; on return it is whole and durable.
     *
     * @param begun hears of the arrival once the pieces are known
     * @param patience the longest time without a piece
     * @throws NobodyGivesException if nobody gave it in time
     * @throws StoreFullException if there is no room
     * @throws IOException if this machine's own disk failed
     */
    public void bring(Wanted wanted, Hands hands, Consumer<Arrival> begun, FetchWatch watch, Duration patience)
            throws IOException, StoreFullException, UpdateFault, InterruptedException {
        if (store.isThere(wanted.sha256())) {
            return;
        }
        Again again = new Again(hands);
        Pieces pieces = pieces(wanted, again, watch, patience);
        try (Arrival arrival = store.begin(wanted.sha256(), pieces, within)) {
            if (arrival.missing() > 0 && store.isThere(wanted.sha256())) {
                return; // another process brought it while this one waited
            }
            begun.accept(arrival);
            new Download(wanted, arrival, blame, watch, patience, nanos).run(again);
            arrival.complete();
        }
    }

    /** Gives again first whom something else was asked for before. */
    private static final class Again implements Hands {
        private final Hands hands;
        private final Deque<Giver> known = new ArrayDeque<>();

        Again(Hands hands) {
            this.hands = hands;
        }

        @Override
        public List<Giver> next() throws InterruptedException {
            List<Giver> now = known.isEmpty() ? hands.next() : List.copyOf(known);
            known.clear();
            return now;
        }

        @Override
        public List<Giver> instead() throws InterruptedException {
            return hands.instead();
        }

        void know(List<Giver> givers) {
            known.addAll(givers);
        }
    }

    private Pieces pieces(Wanted wanted, Again hands, FetchWatch watch, Duration patience)
            throws IOException, UpdateFault, InterruptedException {
        int size = Pieces.listSize(wanted.size());
        byte[] list = size == 0 ? new byte[0] : patiently(wanted.pieces(), size, hands, watch, patience);
        return Pieces.of(wanted.size(), list, wanted.pieces());
    }

    /** The list is waited for as its pieces are: whoever has it may be busy, or not know the publication yet. */
    private byte[] patiently(Sha256 digest, int size, Again hands, FetchWatch watch, Duration patience)
            throws IOException, InterruptedException {
        long begun = nanos.getAsLong();
        Duration pause = FIRST_PAUSE;
        Optional<NobodyGivesException> worst = Optional.empty();
        while (true) {
            try {
                return small(digest, size, hands, watch);
            } catch (NobodyGivesException e) {
                // What was given wrong once says more than who was not reached after that.
                worst = worst.filter(NobodyGivesException::unverified).or(() -> Optional.of(e));
                Duration spent = Duration.ofNanos(nanos.getAsLong() - begun);
                if (spent.plus(pause).compareTo(patience) > 0) {
                    throw worst.get();
                }
                Thread.sleep(pause);
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    /** A small content that is checked as a whole, a catalogue's list for example; it is kept. */
    public byte[] small(Sha256 digest, int size, Hands hands, FetchWatch watch)
            throws IOException, InterruptedException {
        return small(digest, size, new Again(hands), watch);
    }

    private byte[] small(Sha256 digest, int size, Again hands, FetchWatch watch)
            throws IOException, InterruptedException {
        Optional<byte[]> here = store.read(digest, size);
        if (here.isPresent()) {
            return here.get();
        }
        String trouble = "nobody was found who has it";
        boolean unverified = false;
        boolean late = false;
        for (int lap = 0; lap < LAPS; lap++) {
            List<Giver> givers = hands.next();
            for (int i = 0; i < givers.size(); i++) {
                Giver giver = givers.get(i);
                if (!blame.bars(giver)) {
                    Taken taken = take(giver, digest, size, watch);
                    if (taken.bytes().isPresent()) {
                        store.keep(taken.bytes().get());
                        // A neighbour that was only too busy is looked for again before the origin gives what is large.
                        hands.know(late && giver.isOrigin() ? List.of() : givers.subList(i, givers.size()));
                        return taken.bytes().get();
                    }
                    trouble = giver + ": " + taken.trouble();
                    unverified |= taken.unverified();
                    late |= taken.late();
                }
            }
        }
        throw new NobodyGivesException(trouble, unverified);
    }

    private record Taken(Optional<byte[]> bytes, String trouble, boolean unverified, boolean late) {}

    private Taken take(Giver giver, Sha256 digest, int size, FetchWatch watch) throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.min(size, 64 * 1024));
        FetchWatch.Passing why;
        String words;
        boolean late = false;
        try {
            ContentAnswer answer = giver.hop()
                    .content(giver.peer(), digest, 0, size, bytes::write, ALLOWANCE.plusSeconds(size / FLOOR));
            switch (answer) {
                case ContentAnswer.Whole(long all)
                when all == size -> {
                    byte[] found = bytes.toByteArray();
                    if (Sha256.of(found).equals(digest)) {
                        return new Taken(Optional.of(found), "", false, false);
                    }
                    UpdateFault fault =
                            new UpdateFault(UpdateFault.Kind.WRONG_CONTENT, "other bytes than those of " + digest);
                    blame.faulty(giver, fault, found, watch);
                    return new Taken(Optional.empty(), fault.detail(), true, false);
                }
                case ContentAnswer.Whole(long all) -> {
                    why = FetchWatch.Passing.NONSENSE;
                    words = "it says the content has " + all + " bytes";
                }
                case ContentAnswer.Nonsense(String detail) -> {
                    why = FetchWatch.Passing.NONSENSE;
                    words = detail;
                }
                case ContentAnswer.Failed(var failed) -> {
                    why = FetchWatch.Passing.DECLINED;
                    words = failed.status() + " " + failed.detail();
                }
            }
        } catch (IOException e) {
            Mishap mishap = Mishap.of(e);
            why = mishap.why();
            words = mishap.words();
            late = e instanceof HopClient.LateException && !giver.isOrigin();
        }
        watch.passedOver(giver, why, words);
        return new Taken(Optional.empty(), words, false, late);
    }
}
