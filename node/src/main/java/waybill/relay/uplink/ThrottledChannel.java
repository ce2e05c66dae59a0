package waybill.relay.uplink;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** A file that cannot be read faster than the line may carry it. */
final class ThrottledChannel implements SeekableByteChannel {
    private final SeekableByteChannel file;
    private final Throttle throttle;

    ThrottledChannel(SeekableByteChannel file, Throttle throttle) {
        this.file = file;
        this.throttle = throttle;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        ByteBuffer part = into.slice(into.position(), Math.min(into.remaining(), throttle.portion()));
        int count = file.read(part);
        if (count > 0) {
            into.position(into.position() + count);
            try {
                throttle.take(count);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the line was to rest");
            }
        }
        return count;
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
        file.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
