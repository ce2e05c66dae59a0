package waybill.parcel;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import waybill.protocol.TaskId;

/** Parcels for tests: made of bytes in memory, opened into memory. */
public final class Parcels {
    /** A task. */
    public static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000001");
    /** When it was sealed. */
    public static final Instant CREATED = Instant.parse("2026-03-01T12:00:00Z");

    private Parcels() {}

    /** A file in memory. */
    public record Bytes(String name, byte[] bytes, Instant modified) implements Parcel.Source {
        /** One with a common time. */
        public static Bytes of(String name, byte[] bytes) {
            return new Bytes(name, bytes, CREATED.minusSeconds(3600));
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(bytes);
        }
    }

    /** Keeps what it is given. */
    public static final class Kept implements Parcel.Sink {
        /** By name, in the order of the tar. */
        public final Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();

        @Override
        public OutputStream file(String name, long size, Instant modified) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            files.put(name, out);
            return out;
        }

        /** A file's bytes. */
        public byte[] bytes(String name) {
            return java.util.Objects.requireNonNull(files.get(name)).toByteArray();
        }
    }

    /** Seals these to a recipient. */
    public static byte[] seal(String recipient, List<? extends Parcel.Source> files) throws ParcelFault {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            Parcel.seal(ID, "test", new byte[16], CREATED, files, recipient, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Opens a parcel. */
    public static Parcel.Summary open(byte[] sealed, Parcel.Sink sink, String... identities)
            throws IOException, ParcelFault {
        return Parcel.open(Channels.newChannel(new ByteArrayInputStream(sealed)), List.of(identities), sink);
    }

    /** Bytes without meaning, the same for the same length. */
    public static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        IntStream.range(0, length).forEach(i -> bytes[i] = (byte) (i * 31 + (i >> 8)));
        return bytes;
    }
}
