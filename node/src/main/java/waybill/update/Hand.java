package waybill.update;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import waybill.hop.ContentAnswer;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.protocol.Pieces;
import waybill.protocol.Problem;
import waybill.protocol.UpdateFault;
import waybill.store.content.Arrival;

/** Takes pieces from one giver, as long as there are any and he gives good ones. For one thread, but where it says otherwise. */
final class Hand {
    /** A run grows while he gives, so that a stranger holds up one piece at the most. */
    private static final int MOST_BESIDE_OTHERS = 8;

    private static final int MOST_ALONE = 32;
    /** Breaks in a row without a piece between them. */
    private static final int MOST_BREAKS = 3;
    /** The slowest that anybody is waited for, in bytes a second; a sender reckons with the same (section 6). */
    private static final long FLOOR = 16 * 1024;

    private static final Duration ALLOWANCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Download download;
    private final Giver giver;
    private final Wanted wanted;
    private final Arrival arrival;
    private final LongSupplier nanos;
    /** Takes no room before he gives something. */
    private byte[] piece = new byte[0];

    private volatile long lastPiece;
    private volatile Optional<Claims.Run> run = Optional.empty();
    private volatile boolean busy;
    private int breaks;

    Hand(Download download, Giver giver, Wanted wanted, Arrival arrival, LongSupplier nanos) {
        this.download = download;
        this.giver = giver;
        this.wanted = wanted;
        this.arrival = arrival;
        this.nanos = nanos;
        this.lastPiece = nanos.getAsLong();
    }

    Giver giver() {
        return giver;
    }

    /** When he last gave a piece, or was first asked for one. From any thread. */
    long lastPiece() {
        return lastPiece;
    }

    /** Whether he gave up, or is about to, because he seems to be too busy. From any thread. */
    boolean wasBusy() {
        return busy;
    }

    /** Whether he was asked for this piece and has not ended. From any thread. */
    boolean worksAt(int piece) {
        return run.filter(now -> piece >= now.first() && piece < now.first() + now.count())
                .isPresent();
    }

    /** The last of the pieces he was asked for that is still missing. From any thread. */
    OptionalInt lastMissing() {
        Optional<Claims.Run> now = run;
        if (now.isPresent()) {
            for (int i = now.get().first() + now.get().count() - 1;
                    i >= now.get().first();
                    i--) {
                if (!arrival.has(i)) {
                    return OptionalInt.of(i);
                }
            }
        }
        return OptionalInt.empty();
    }

    /** The bytes of a piece that is not the one it should be. */
    private static final class BadPieceException extends IOException {
        private final transient UpdateFault fault;

        BadPieceException(UpdateFault fault) {
            super(fault.getMessage(), fault);
            this.fault = fault;
        }
    }

    /** Others brought what was asked for here, or bring it, or nobody waits for it any more. */
    private static final class EnoughException extends IOException {
        EnoughException() {
            super("enough");
        }
    }

    /** Slower than anybody is waited for. */
    private static final class TooSlowException extends IOException {
        TooSlowException() {
            super("slower than " + FLOOR + " bytes a second");
        }
    }

    /** Works until nothing is left to do for him, or he is of no use. */
    void work() {
        int most = 1;
        boolean goOn = true;
        while (goOn) {
            Optional<Claims.Run> next = download.claim(this, most);
            if (next.isEmpty()) {
                return;
            }
            run = next;
            lastPiece = nanos.getAsLong();
            try {
                goOn = take(next.get());
            } finally {
                run = Optional.empty();
                download.release(next.get());
            }
            most = Math.min(2 * most, download.isAlone() ? MOST_ALONE : MOST_BESIDE_OTHERS);
        }
    }

    /** Whether to go on with him. */
    private boolean take(Claims.Run pieces) {
        Sink sink = new Sink(pieces);
        try {
            return heard(giver.hop()
                    .content(giver.peer(), wanted.sha256(), sink.offset(), sink.length(), sink::take, sink.limit()));
        } catch (HopClient.SinkException e) {
            return sunk(e.reason());
        } catch (HopClient.WrongPeerException e) {
            download.leave(giver, FetchWatch.Passing.WRONG_PEER, String.valueOf(e.getMessage()));
            return false;
        } catch (HopClient.UnreachableException e) {
            busy = e instanceof HopClient.LateException && !giver.isOrigin();
            download.passOver(giver, FetchWatch.Passing.UNREACHABLE, String.valueOf(e.getMessage()));
            return false;
        } catch (IOException e) {
            return !download.isOver() && again(FetchWatch.Passing.BROKEN, String.valueOf(e.getMessage()), PAUSE);
        }
    }

    private boolean heard(ContentAnswer answer) {
        switch (answer) {
            case ContentAnswer.Whole(long size) -> {
                if (size == wanted.size()) {
                    return true;
                }
                download.leave(giver, FetchWatch.Passing.NONSENSE, "it says the content has " + size + " bytes");
            }
            case ContentAnswer.Nonsense(String detail) -> download.leave(giver, FetchWatch.Passing.NONSENSE, detail);
            case ContentAnswer.Failed(HopAnswer.Failed failed) -> {
                String words = failed.status() + " " + failed.detail();
                boolean later = failed.problem()
                        .map(Problem::retryable)
                        .orElse(failed.status() == 408 || failed.status() == 429 || failed.status() >= 500);
                if (later) {
                    return again(
                            FetchWatch.Passing.DECLINED,
                            words,
                            failed.retryAfter().orElse(PAUSE));
                }
                download.passOver(giver, FetchWatch.Passing.DECLINED, words);
            }
        }
        return false;
    }

    private boolean sunk(IOException reason) {
        switch (reason) {
            case EnoughException _ -> {
                return !download.isOver();
            }
            case BadPieceException bad -> download.gaveBad(giver, bad.fault, piece);
            case TooSlowException slow ->
                download.passOver(giver, FetchWatch.Passing.SLOW, String.valueOf(slow.getMessage()));
            default -> download.failed(reason);
        }
        return false;
    }

    /** Tries him again, unless that was in vain too often. */
    private boolean again(FetchWatch.Passing why, String words, Duration pause) {
        breaks++;
        if (breaks >= MOST_BREAKS) {
            download.passOver(giver, why, words);
            return false;
        }
        try {
            Thread.sleep(pause.compareTo(ALLOWANCE) < 0 ? pause : ALLOWANCE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Puts bytes together to pieces, and each piece where it belongs. */
    private final class Sink {
        private final Claims.Run pieces;
        private int now;
        private int filled;
        private long since = nanos.getAsLong();

        Sink(Claims.Run pieces) {
            this.pieces = pieces;
            this.now = pieces.first();
        }

        long offset() {
            return arrival.pieces().offset(pieces.first());
        }

        long length() {
            int last = pieces.first() + pieces.count() - 1;
            return arrival.pieces().offset(last) + arrival.pieces().length(last) - offset();
        }

        Duration limit() {
            return ALLOWANCE.plusSeconds(length() / FLOOR);
        }

        void take(byte[] bytes, int offset, int length) throws IOException {
            int at = offset;
            int end = offset + length;
            if (piece.length == 0) {
                piece = new byte[Pieces.LENGTH];
            }
            while (at < end) {
                if (download.isOver() || (filled == 0 && (arrival.has(now) || download.isSpared(Hand.this)))) {
                    throw new EnoughException();
                }
                int size = arrival.pieces().length(now);
                int part = Math.min(size - filled, end - at);
                System.arraycopy(bytes, at, piece, filled, part);
                at += part;
                filled += part;
                if (filled == size) {
                    put(size);
                } else if (nanos.getAsLong() - since
                        > ALLOWANCE.plusSeconds(size / FLOOR).toNanos()) {
                    throw new TooSlowException();
                }
            }
        }

        private void put(int size) throws IOException {
            try {
                arrival.put(now, piece, size);
            } catch (UpdateFault e) {
                throw new BadPieceException(e);
            }
            now++;
            filled = 0;
            since = nanos.getAsLong();
            lastPiece = since;
            breaks = 0;
            busy = false;
            download.took(giver, size);
        }
    }
}
