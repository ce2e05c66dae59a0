package waybill.relay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.store.DeliveryStore;
import waybill.store.DeliveryStore.Held;

/** Whether the bytes this relay keeps are those it accepted. Safe for use by several threads. */
final class OwnCopy {
    /** From this attempt on, a file that cannot be read is given up: until then it may be for too many open files. */
    private static final int SUSPICIOUS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(OwnCopy.class);

    private final DeliveryStore store;
    private final Outcomes outcomes;

    OwnCopy(DeliveryStore store, Outcomes outcomes) {
        this.store = store;
        this.outcomes = outcomes;
    }

    /** Whether the file is gone or of another length: seen without reading it. */
    boolean missing(Held held) throws IOException {
        try (SeekableByteChannel payload = store.payload(held.label().key())) {
            return payload.size() != held.label().size();
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    /** Whether the file is gone, changed, or could not be read again and again. Reads it whole. */
    boolean spoilt(Held held) {
        DeliveryKey key = held.label().key();
        try (SeekableByteChannel payload = store.payload(key);
                InputStream in = Channels.newInputStream(payload)) {
            return !Sha256.of(in).equals(key.sha256());
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", key, e.toString());
            return held.attempts() >= SUSPICIOUS;
        }
    }

    /** Ends it: the sender has the bytes, and what is left here is kept for the operator. */
    Forwarder.Result setAside(Held held) throws IOException {
        LOG.error(
                "{} is set aside: the stored bytes are missing or changed. Look at the disk.",
                held.label().key());
        String reason = "the relay's copy is missing or changed";
        outcomes.end(held, Problem.GONE, reason, true);
        return new Forwarder.Result.Failed(reason);
    }

    /** It could not be read just now: nobody else is at fault. */
    Forwarder.Result unreadable(Held held, IOException why) throws IOException {
        if (spoilt(held)) {
            return setAside(held);
        }
        String reason = "the relay's copy cannot be read: " + why.getMessage();
        outcomes.postpone(held, reason, Optional.empty());
        return new Forwarder.Result.Failed(reason);
    }
}
