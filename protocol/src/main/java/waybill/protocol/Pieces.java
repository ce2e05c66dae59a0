package waybill.protocol;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The pieces of a file, each of 1 MiB but the last, and their SHA-256 (section 10.2): who has the list can check every
 * piece by itself, whoever gave it. The list is the raw 32 bytes of each digest in order; an empty file has none.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class Pieces {
    /** Bytes of a piece, of the last one where the file ends there. */
    public static final int LENGTH = 1 << 20;

    private static final int DIGEST = 32;

    private final long size;
    private final byte[] list;

    private Pieces(long size, byte[] list) {
        this.size = size;
        this.list = list;
    }

    /**
     * The list that a release names.
     *
     * @param size of the file
     * @param list as it came
     * @param digest of the list, as the release says
     * @throws UpdateFault WRONG_CONTENT if it is not that list, MALFORMED if its length does not fit the file
     */
    public static Pieces of(long size, byte[] list, Sha256 digest) throws UpdateFault {
        if (!Sha256.of(list).equals(digest)) {
            throw new UpdateFault(UpdateFault.Kind.WRONG_CONTENT, "another list of piece hashes than the release's");
        }
        if (list.length != listSize(size)) {
            throw new UpdateFault(
                    UpdateFault.Kind.MALFORMED,
                    list.length + " bytes of piece hashes, where " + size + " bytes have " + listSize(size));
        }
        return new Pieces(size, list.clone());
    }

    /** How many pieces a file of this size has. */
    public static int count(long size) {
        Forms.within("size", size, 0, Packet.Release.MAX_FILE);
        return (int) ((size + LENGTH - 1) / LENGTH);
    }

    /** Bytes of the list of a file of this size; at most 8 MiB. */
    public static int listSize(long size) {
        return DIGEST * count(size);
    }

    /** The size of the file. */
    public long size() {
        return size;
    }

    /** How many pieces there are. */
    public int count() {
        return list.length / DIGEST;
    }

    /** Where a piece begins. */
    public long offset(int piece) {
        return (long) checked(piece) * LENGTH;
    }

    /** Bytes of a piece. */
    public int length(int piece) {
        return (int) Math.min(LENGTH, size - offset(piece));
    }

    /** The digest of a piece. */
    public Sha256 digest(int piece) {
        int at = checked(piece) * DIGEST;
        return Sha256.ofDigest(Arrays.copyOfRange(list, at, at + DIGEST));
    }

    /**
     * Looks whether these are the bytes of a piece.
     *
     * @throws UpdateFault WRONG_CONTENT if they are not
     */
    public void check(int piece, byte[] bytes, int offset, int length) throws UpdateFault {
        MessageDigest digest = Sha256.newDigest();
        digest.update(bytes, offset, length);
        check(piece, length, Sha256.ofDigest(digest.digest()));
    }

    /**
     * Looks whether bytes of this length and digest are those of a piece.
     *
     * @throws UpdateFault WRONG_CONTENT if they are not
     */
    public void check(int piece, long length, Sha256 found) throws UpdateFault {
        if (length != length(piece) || !found.equals(digest(piece))) {
            throw new UpdateFault(
                    UpdateFault.Kind.WRONG_CONTENT, "piece " + piece + " of " + count() + " is not the one signed for");
        }
    }

    /** The list, a fresh array. */
    public byte[] list() {
        return list.clone();
    }

    private int checked(int piece) {
        if (piece < 0 || piece >= count()) {
            throw new IndexOutOfBoundsException("piece " + piece + " of " + count());
        }
        return piece;
    }

    /** Reads a file once and finds its digest and those of its pieces. For one thread. */
    public static final class Hasher {
        private final MessageDigest whole = Sha256.newDigest();
        private final MessageDigest piece = Sha256.newDigest();
        private byte[] list = new byte[DIGEST * 16];
        private int count;
        private long size;

        /**
         * The next bytes.
         *
         * @throws IllegalArgumentException if there are more than {@link Packet.Release#MAX_FILE}
         */
        public void update(byte[] bytes, int offset, int length) {
            Forms.within("a file's size", size + length, 0, Packet.Release.MAX_FILE);
            whole.update(bytes, offset, length);
            for (int at = 0; at < length; ) {
                int room = LENGTH - (int) (size % LENGTH);
                int part = Math.min(room, length - at);
                piece.update(bytes, offset + at, part);
                at += part;
                size += part;
                if (part == room) {
                    endPiece();
                }
            }
        }

        /** All bytes were read; it cannot be used any more. */
        public Hashed end() {
            if (size % LENGTH != 0) {
                endPiece();
            }
            return new Hashed(Sha256.ofDigest(whole.digest()), new Pieces(size, Arrays.copyOf(list, DIGEST * count)));
        }

        private void endPiece() {
            if (list.length < DIGEST * (count + 1)) {
                list = Arrays.copyOf(list, 2 * list.length);
            }
            System.arraycopy(piece.digest(), 0, list, DIGEST * count, DIGEST);
            count++;
        }
    }

    /** What was found of a file. */
    public record Hashed(Sha256 sha256, Pieces pieces) {}
}
