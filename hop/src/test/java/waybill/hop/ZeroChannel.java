package waybill.hop;

import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** So many zero bytes, without a file. */
public final class ZeroChannel implements SeekableByteChannel {
    private final long size;
    private long position;

    /** As many as said. */
    public ZeroChannel(long size) {
        this.size = size;
    }

    @Override
    public int read(ByteBuffer into) {
        if (position == size) {
            return -1;
        }
        int count = (int) Math.min(into.remaining(), size - position);
        into.put(new byte[count]);
        position += count;
        return count;
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long to) {
        position = to;
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public SeekableByteChannel truncate(long to) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
