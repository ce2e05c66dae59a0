package waybill.hop;

import java.io.IOException;

/** Takes content as it comes, in order and from one thread at a time. */
@FunctionalInterface
public interface ContentSink {
    /**
     * The next bytes; the array is used again once this returns.
     *
     * @throws IOException ends the call; it reaches the caller as {@link HopClient.SinkException}
     */
    void take(byte[] bytes, int offset, int length) throws IOException;
}
