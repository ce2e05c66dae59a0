package waybill.requester.byhand;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;
import waybill.protocol.Sha256;

/** Reads sealed bytes to their end and digests them, in pieces, as long as nobody interrupts. Pure but for the streams. */
final class Copying {
    private static final int PIECE = 256 * 1024;

    private Copying() {}

    /**
     * Digests what is there to read.
     *
     * @param size bytes that there should be: no more than a piece beyond them is read, so that a file without an end has one
     * @param progress is told how many bytes were read so far
     */
    static Sha256 digest(InputStream in, long size, LongConsumer progress) throws IOException, InterruptedException {
        return copy(in, OutputStream.nullOutputStream(), size, progress);
    }

    /** The same, and writes it. */
    static Sha256 copy(InputStream in, OutputStream out, long size, LongConsumer progress)
            throws IOException, InterruptedException {
        MessageDigest digest = Sha256.newDigest();
        byte[] piece = new byte[PIECE];
        long read = 0;
        for (int n = in.read(piece); n >= 0 && read <= size; n = in.read(piece)) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            out.write(piece, 0, n);
            digest.update(piece, 0, n);
            read += n;
            progress.accept(read);
        }
        return Sha256.ofDigest(digest.digest());
    }
}
