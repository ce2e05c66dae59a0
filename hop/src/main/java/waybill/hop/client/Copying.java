package waybill.hop.client;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import waybill.hop.GivenFile;
import waybill.hop.HopClient.SinkException;
import waybill.hop.OriginClient;
import waybill.hop.Validators;

/** One download of a copy over one connection: the bytes go to the sink as they come. For one thread. */
final class Copying implements Exchanges.Exchange, ResponseReader.Taker {
    private static final Pattern MEDIA_TYPE = Pattern.compile("[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,60}");

    private final byte[] head;
    private final OriginClient.Sink sink;
    private final ClientSettings settings;
    private Optional<Watch> watch = Optional.empty();
    private boolean begun;

    Copying(byte[] head, OriginClient.Sink sink, ClientSettings settings) {
        this.head = head;
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

    /** Once the sink has heard of it, it must not hear of it again. */
    @Override
    public boolean repeatable() {
        return !begun;
    }

    @Override
    public void expect(Response answer, long bytes) throws IOException {
        if (answer.status() != 200) {
            throw new NonsenseException("a status that nobody asked for (" + answer.status() + ")");
        }
        if (!answer.values("Content-Encoding").isEmpty()) {
            throw new NonsenseException("an encoding that nobody asked for");
        }
        begun = true;
        watch.ifPresent(Watch::relax);
        try {
            sink.begin(new OriginClient.Head(
                    bytes,
                    new Validators(one(answer, "ETag"), one(answer, "Last-Modified")),
                    answer.mediaType()
                            .filter(type -> MEDIA_TYPE.matcher(type).matches())
                            .orElse(GivenFile.BYTES)));
        } catch (IOException e) {
            throw new SinkException(e);
        }
        watch.ifPresent(one -> one.within(settings.idle()));
    }

    private static Optional<String> one(Response answer, String field) {
        List<String> values = answer.values(field);
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }

    @Override
    public void take(byte[] buffer, int count) throws IOException {
        // The time a disk takes is not the peer's.
        watch.ifPresent(Watch::relax);
        try {
            sink.take(buffer, 0, count);
        } catch (IOException e) {
            throw new SinkException(e);
        }
        watch.ifPresent(one -> one.within(settings.idle()));
    }
}
