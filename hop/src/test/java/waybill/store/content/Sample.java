package waybill.store.content;

import java.util.Arrays;
import java.util.Random;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;

/** A content to publish. */
record Sample(byte[] bytes, Sha256 digest, Pieces pieces) {
    static Sample of(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        Pieces.Hasher hasher = new Pieces.Hasher();
        hasher.update(bytes, 0, size);
        Pieces.Hashed hashed = hasher.end();
        return new Sample(bytes, hashed.sha256(), hashed.pieces());
    }

    byte[] piece(int piece) {
        int at = (int) pieces.offset(piece);
        return Arrays.copyOfRange(bytes, at, at + pieces.length(piece));
    }

    void put(Arrival arrival, int piece) throws Exception {
        byte[] part = piece(piece);
        arrival.put(piece, part, part.length);
    }

    void putAll(Arrival arrival) throws Exception {
        for (int piece = 0; piece < pieces.count(); piece++) {
            put(arrival, piece);
        }
    }
}
