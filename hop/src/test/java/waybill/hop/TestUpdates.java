package waybill.hop;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileName;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/** Updates from memory. Tests override what they are about. */
public class TestUpdates implements UpdateService {
    /** When everything was published. */
    public static final Instant PUBLISHED = Instant.parse("2026-11-01T08:49:37Z");

    /** What is open now. */
    public final AtomicInteger open = new AtomicInteger();

    private final Map<Sha256, byte[]> contents = new ConcurrentHashMap<>();
    private final Map<FileName, Sha256> names = new ConcurrentHashMap<>();

    /** Publishes a file. */
    public final Sha256 publish(String name, byte[] bytes) {
        Sha256 digest = Sha256.of(bytes);
        contents.put(digest, bytes);
        names.put(new FileName(name), digest);
        return digest;
    }

    @Override
    public BackendUrl backend() {
        return TestService.BACKEND;
    }

    @Override
    public byte[] catalogue() throws ProblemException, IOException, InterruptedException {
        return "the catalogue".getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] release(FileName name) throws ProblemException, IOException, InterruptedException {
        named(name);
        return ("the release of " + name).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public Named named(FileName name) throws ProblemException, IOException, InterruptedException {
        Sha256 digest = names.get(name);
        if (digest == null) {
            throw new ProblemException(Problem.NOT_FOUND, "no such file");
        }
        return new Named(digest, PUBLISHED);
    }

    @Override
    public Content content(Sha256 digest) throws ProblemException, IOException, InterruptedException {
        byte[] bytes = contents.get(digest);
        if (bytes == null) {
            throw new ProblemException(Problem.NOT_FOUND, "no such content");
        }
        return new Memory(bytes.length) {
            @Override
            public InputStream open(long from, long length) {
                return new ByteArrayInputStream(bytes, (int) from, (int) length);
            }
        };
    }

    /** Content that is counted while it is open. */
    public abstract class Memory implements Content {
        private final long size;

        /** So many bytes. */
        protected Memory(long size) {
            this.size = size;
            open.incrementAndGet();
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }

    /** Zeros without end. */
    public static final class Zeros extends InputStream {
        @Override
        public int read() {
            return 0;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            java.util.Arrays.fill(into, offset, offset + length, (byte) 0);
            return length;
        }
    }
}
