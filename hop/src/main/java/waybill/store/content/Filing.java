package waybill.store.content;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import waybill.protocol.Sha256;
import waybill.store.local.Disk;

/**
 * A copy on its way in. One thread writes; others read what is there already, also after it has been committed, until it is
 * closed.
 */
public final class Filing implements Closeable {
    private final CopyStore store;
    private final Disk disk;
    private final Path file;
    private final Sha256 key;
    private final long size;
    private final Map<String, String> notes;
    private final FileChannel channel;
    private final MessageDigest digest = Sha256.newDigest();
    private volatile long written;
    private boolean committed;
    private boolean ended;

    Filing(CopyStore store, Disk disk, Path file, Sha256 key, long size, Map<String, String> notes) throws IOException {
        Copy.head(Sha256.of(new byte[0]), notes); // they can be written
        this.store = store;
        this.disk = disk;
        this.file = file;
        this.key = key;
        this.size = size;
        this.notes = Map.copyOf(notes);
        this.channel = disk.open(file);
    }

    /** By what the room it takes is counted. */
    Sha256 room() {
        return Sha256.of(file.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes of the whole. */
    public long size() {
        return size;
    }

    /** Bytes that are there. */
    public long written() {
        return written;
    }

    /** The next bytes. */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        long at = written;
        if (at + length > size) {
            throw new IOException("more bytes than were announced");
        }
        disk.write(file, channel, ByteBuffer.wrap(bytes, offset, length), Copy.HEAD + at);
        digest.update(bytes, offset, length);
        written = at + length;
    }

    /** Reads what is there, from an offset on. */
    public int read(ByteBuffer into, long from) throws IOException {
        return channel.read(into, Copy.HEAD + from);
    }

    /** All of it is there: it takes its place, durable on return. */
    public void commit() throws IOException {
        if (written != size) {
            throw new IOException(written + " of " + size + " bytes");
        }
        disk.write(file, channel, Copy.head(Sha256.ofDigest(digest.digest()), notes), 0);
        disk.syncFile(file, channel);
        store.settle(key, file, Copy.HEAD + size);
        committed = true;
    }

    /** It is not worked on any more; without a commit nothing is left but for those who still read it. */
    public void end() throws IOException {
        if (!ended) {
            ended = true;
            store.ended(key, room());
            if (!committed) {
                disk.delete(file);
            }
        }
    }

    /** Nobody reads it any more. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
