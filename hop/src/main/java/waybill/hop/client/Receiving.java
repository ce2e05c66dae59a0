package waybill.hop.client;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import waybill.hop.ContentSink;
import waybill.hop.HopClient.SinkException;
import waybill.hop.wire.ByteRange;

/** One download of a range over one connection: the bytes go to the sink as they come. For one thread. */
final class Receiving implements Exchanges.Exchange, ResponseReader.Taker {
    private final byte[] head;
    private final long from;
    private final long length;
    private final ContentSink sink;
    private final ClientSettings settings;
    private Optional<Watch> watch = Optional.empty();
    private long size;
    private long taken;

    Receiving(byte[] head, long from, long length, ContentSink sink, ClientSettings settings) {
        this.head = head;
        this.from = from;
        this.length = length;
        this.sink = sink;
        this.settings = settings;
    }

    @Override
    public Exchanges.Heard over(Connection connection, Watch over) throws IOException {
        watch = Optional.of(over);
        over.within(settings.idle());
        connection.out().write(head);
        connection.out().flush();
        Response response = new ResponseReader(connection.in()).download(Answers::most, this);
        over.relax();
        return new Exchanges.Heard(response, response.reusable());
    }

    /** Once the sink has had a byte it must not get it again. */
    @Override
    public boolean repeatable() {
        return taken == 0;
    }

    /** Bytes of the whole content, as the peer says. */
    long size() {
        return size;
    }

    @Override
    public void expect(Response answer, long bytes) throws NonsenseException {
        if (bytes != length) {
            throw new NonsenseException("content of another length than was asked for");
        }
        switch (answer.status()) {
            case 200 -> {
                // The whole, from one who knows no ranges: good if that is what was asked for.
                if (from != 0) {
                    throw new NonsenseException("the whole instead of a range");
                }
                size = bytes;
            }
            case 206 -> {
                List<String> ranges = answer.values("Content-Range");
                size = ranges.size() == 1
                        ? ByteRange.sizeOf(ranges.getFirst(), from, length).orElse(0)
                        : 0;
                if (size == 0) {
                    throw new NonsenseException("another range than was asked for");
                }
            }
            default -> throw new NonsenseException("a status that means nothing here (" + answer.status() + ")");
        }
    }

    @Override
    public void take(byte[] buffer, int count) throws IOException {
        // The time a disk takes is not the peer's.
        watch.ifPresent(Watch::relax);
        taken += count;
        try {
            sink.take(buffer, 0, count);
        } catch (IOException e) {
            throw new SinkException(e);
        }
        watch.ifPresent(one -> one.within(settings.idle()));
    }
}
