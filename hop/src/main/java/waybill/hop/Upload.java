package waybill.hop;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import waybill.protocol.DeliveryKey;

/**
 * What the client half sends.
 *
 * @param key identity; the digest goes out as {@code Repr-Digest}, the contents as {@code Waybill-Contents}
 * @param size bytes of the body
 * @param recipient goes out as {@code Waybill-Recipient}
 * @param hops goes out as {@code Waybill-Hops}
 * @param source opens the bytes, once per attempt; its failures end the call as {@link HopClient.SourceException}
 * @param progress is told how far the body was sent
 */
public record Upload(
        DeliveryKey key, long size, Optional<String> recipient, int hops, Source source, Progress progress) {
    /** Opens the bytes. */
    @FunctionalInterface
    public interface Source {
        /** A fresh channel at its start; the client closes it. */
        SeekableByteChannel open() throws IOException;
    }

    /** Hears of bytes sent. Called on the thread that sends; must return soon. */
    @FunctionalInterface
    public interface Progress {
        /** Nothing is shown. */
        Progress NONE = sent -> {};

        /** Of the whole body so many bytes, counted from its beginning, were handed to a connection; fewer again after a break. */
        void sent(long bytes);

        /**
         * It broke off; the hop is looked for, so that the upload goes on.
         *
         * @param why for people; may have words of the hop
         */
        default void broke(String why) {}

        /** The hop was found again, and has so many bytes of it. */
        default void goesOn(long from) {}
    }
}
