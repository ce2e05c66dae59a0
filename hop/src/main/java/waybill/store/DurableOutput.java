package waybill.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A file that is written aside and takes its name only when it is {@linkplain #commit() committed}. Closing it before
 * that leaves nothing behind. For one thread; see {@link DurableFiles#create}.
 */
public final class DurableOutput extends OutputStream {
    private static final int BUFFER = 64 * 1024;
    private static final byte[] NONE = {};
    private static final Pattern ASIDE = Pattern.compile("\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.part");

    private final Path target;
    private final Path aside;
    private final FileChannel channel;
    private byte[] buffer = NONE;
    private int buffered;
    private boolean begun;
    private boolean committed;

    DurableOutput(Path file, boolean secret) throws IOException {
        Path parent = DurableFiles.parentOf(file);
        target = file;
        // Beside the target, so that the rename stays on one filesystem; no name of two writers is the same.
        aside = parent.resolve("." + UUID.randomUUID() + ".part");
        channel = FileChannel.open(
                aside,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                DurableFiles.ownerOnly(parent, false, secret));
    }

    /** Whether this is a file written aside, its writer alive or not. */
    static boolean isAside(Path file) {
        return ASIDE.matcher(file.getFileName().toString()).matches()
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void write(int b) throws IOException {
        makeRoom(1);
        buffer[buffered++] = (byte) b;
    }

    /** What is written at once and alone, as most files are, needs no buffer. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        if (!begun || length >= BUFFER) {
            begun = true;
            drain();
            // In pieces: the channel copies what it is given into memory of its own, as much as it is given.
            for (int at = 0; at < length; at += BUFFER) {
                DurableFiles.writeFully(channel, ByteBuffer.wrap(bytes, offset + at, Math.min(BUFFER, length - at)));
            }
        } else {
            makeRoom(length);
            System.arraycopy(bytes, offset, buffer, buffered, length);
            buffered += length;
        }
    }

    private void makeRoom(int length) throws IOException {
        if (buffer.length == 0) {
            buffer = new byte[BUFFER];
        }
        if (length > buffer.length - buffered) {
            drain();
        }
    }

    /**
     * Gives the bytes their name, durable on return; nothing more can be written. After an exception the file of that
     * name is the old one or the new one, whole.
     */
    public void commit() throws IOException {
        place();
        // 3. The name is on the disk.
        DurableFiles.syncDirectory(DurableFiles.parentOf(target));
    }

    /**
     * As {@link #commit}, but the name is durable only when the directory is synced the next time. After a crash before
     * that the file of that name is the old one or the new one, whole.
     */
    public void place() throws IOException {
        drain();
        // 1. The bytes are on the disk before any name says so.
        channel.force(true);
        channel.close();
        // 2. The name changes from the old file to the new one in one step.
        Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
        committed = true;
    }

    /** Ends it; what was not committed is gone. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (!committed) {
            Files.deleteIfExists(aside);
        }
    }

    private void drain() throws IOException {
        DurableFiles.writeFully(channel, ByteBuffer.wrap(buffer, 0, buffered));
        buffered = 0;
    }
}
