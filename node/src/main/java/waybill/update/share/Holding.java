package waybill.update.share;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import waybill.hop.UpdateService;

/** A content that is here whole. One who reads has a channel of his own, so it stays what it is until he is done. */
final class Holding implements UpdateService.Content {
    private final SeekableByteChannel channel;
    private final long size;

    Holding(SeekableByteChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public InputStream open(long from, long length) throws IOException {
        return Channels.newInputStream(channel.position(from)); // who asked reads no further than the length
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
