package waybill.hop.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import waybill.hop.UpdateService.Content;
import waybill.protocol.ProblemException;

/** The body of an answer that is written as its bytes come, a little at a time. For one thread. */
final class Download implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;

    private final Content content;
    private final long length;
    private final Optional<InputStream> in;
    private final Turns.Turn turn;

    private Download(Content content, long length, Optional<InputStream> in, Turns.Turn turn) {
        this.content = content;
        this.length = length;
        this.in = in;
        this.turn = turn;
    }

    /** What failed on our side; the peer did nothing wrong. */
    static final class SourceException extends IOException {
        SourceException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** A body of which only the length is said. */
    static Download lengthOf(Content content) {
        return new Download(content, content.size(), Optional.empty(), () -> {});
    }

    /** A body to be written; with it the turn ends. */
    static Download of(Content content, long from, long length, Turns.Turn turn)
            throws ProblemException, IOException, InterruptedException {
        return new Download(content, length, Optional.of(content.open(from, length)), turn);
    }

    long length() {
        return length;
    }

    /**
     * Writes all of it.
     *
     * @throws SourceException if the bytes could not be had
     * @throws IOException if the peer takes no more
     */
    void to(OutputStream out) throws IOException {
        InputStream source = in.orElseThrow();
        byte[] buffer = new byte[Math.clamp(length, 1, BUFFER)];
        for (long left = length; left > 0; ) {
            int most = (int) Math.min(buffer.length, left);
            int count = read(source, buffer, most);
            out.write(buffer, 0, count);
            left -= count;
            if (count < most) {
                // The rest may be a while in coming: what is there goes out.
                out.flush();
            }
        }
    }

    private static int read(InputStream source, byte[] buffer, int most) throws SourceException {
        try {
            int count = source.read(buffer, 0, most);
            if (count < 0) {
                throw new EOFException("the content ended early");
            }
            return count;
        } catch (IOException e) {
            throw new SourceException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try (turn;
                content) {
            if (in.isPresent()) {
                in.get().close();
            }
        }
    }
}
