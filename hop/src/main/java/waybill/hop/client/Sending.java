package waybill.hop.client;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import waybill.hop.HopClient.SourceException;
import waybill.hop.Upload;

/**
 * One upload over one connection. A second thread reads the answer from the beginning on, so that an early one is seen
 * whatever the sending thread is blocked in: once it is there, nothing more is sent.
 */
final class Sending {
    private static final int BUFFER = 128 * 1024;

    private final Connection connection;
    private final Watch watch;
    private final ClientSettings settings;
    private final CompletableFuture<Response> answer = new CompletableFuture<>();
    private final CountDownLatch goAhead = new CountDownLatch(1);
    /** Whether the whole body was sent before the answer came. */
    private boolean whole;

    private volatile boolean lastWrite;

    private Sending(Connection connection, Watch watch, ClientSettings settings) {
        this.connection = connection;
        this.watch = watch;
        this.settings = settings;
    }

    /**
     * Sends head and body, and hears the final answer, early or not.
     *
     * @param expect whether the head asks for a go-ahead
     * @param from where the body begins in the upload's bytes
     */
    static Exchanges.Exchange exchange(byte[] head, boolean expect, Upload upload, long from, ClientSettings settings) {
        return (connection, watch) -> {
            Sending sending = new Sending(connection, watch, settings);
            Response response = sending.send(head, expect, upload, from);
            return new Exchanges.Heard(response, response.reusable() && sending.whole);
        };
    }

    private Response send(byte[] head, boolean expect, Upload upload, long from) throws IOException {
        var _ = Thread.ofVirtual().name("hop-answer").start(() -> listen(Answers::most));
        try {
            write(head, 0, head.length);
            if (!expect || mayGoOn()) {
                body(upload, from);
            }
        } catch (PeerWriteException e) {
            return lateAnswer(e);
        }
        return await();
    }

    private void listen(ResponseReader.Limit limit) {
        try {
            Response response = new ResponseReader(connection.in()).read(limit, goAhead::countDown);
            answer.complete(response);
            if (!response.reusable() || !lastWrite) {
                // Frees a sender who is blocked in a write that the peer will never take.
                connection.close();
            }
        } catch (IOException | RuntimeException e) {
            answer.completeExceptionally(e);
            connection.close();
        } finally {
            goAhead.countDown();
        }
    }

    private boolean mayGoOn() throws IOException {
        try {
            boolean heard = goAhead.await(settings.expectWait().toNanos(), TimeUnit.NANOSECONDS);
            // Hearing nothing is the same as a go-ahead (RFC 9110, section 10.1.1).
            return !heard || !answer.isDone();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void body(Upload upload, long from) throws IOException {
        byte[] bytes = new byte[Math.clamp(upload.size(), 1, BUFFER)];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long sent = from;
        lastWrite = upload.size() == from;
        try (SeekableByteChannel source = open(upload.source(), from)) {
            while (sent < upload.size()) {
                if (answer.isDone()) {
                    return;
                }
                buffer.clear().limit((int) Math.min(bytes.length, upload.size() - sent));
                int count = read(source, buffer);
                if (count < 0) {
                    throw new SourceException("the file has " + sent + " bytes, not " + upload.size());
                }
                lastWrite = sent + count == upload.size();
                write(bytes, 0, count);
                sent += count;
                upload.progress().sent(sent);
            }
        }
        whole = true;
    }

    private static SeekableByteChannel open(Upload.Source source, long from) throws SourceException {
        try {
            return source.open().position(from);
        } catch (IOException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private static int read(SeekableByteChannel source, ByteBuffer buffer) throws SourceException {
        try {
            return source.read(buffer);
        } catch (IOException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private void write(byte[] bytes, int offset, int count) throws PeerWriteException {
        watch.within(settings.idle());
        try {
            OutputStream out = connection.out();
            out.write(bytes, offset, count);
            out.flush();
        } catch (IOException e) {
            throw new PeerWriteException(e);
        } finally {
            watch.relax();
        }
    }

    /** The peer takes no more; perhaps it has said why. */
    private Response lateAnswer(PeerWriteException broken) throws IOException {
        watch.within(settings.idle());
        try {
            return await();
        } catch (IOException e) {
            if (e instanceof NonsenseException) {
                throw e;
            }
            IOException why = new IOException("the peer broke off while we sent: " + broken.reason(), broken);
            why.addSuppressed(e);
            throw why;
        } finally {
            watch.relax();
        }
    }

    private Response await() throws IOException {
        try {
            return answer.get(Math.max(1, watch.left()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof NonsenseException nonsense) {
                throw nonsense;
            }
            throw new IOException("no answer: " + (cause == null ? "" : cause.getMessage()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer in time", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", e);
    }

    /** The connection would take no more, as against the file that would give no more. */
    private static final class PeerWriteException extends IOException {
        PeerWriteException(IOException cause) {
            super(cause);
        }

        String reason() {
            return getCause() == null ? "" : String.valueOf(getCause().getMessage());
        }
    }
}
