package waybill.hop.client;

import java.io.IOException;

/** Hears of every byte of a client's connections, as it is at the socket: TLS and headers included. Safe for use by several threads. */
public interface Meter {
    /** Counts nothing. */
    Meter NONE = new Meter() {
        @Override
        public void sending(int bytes) {}

        @Override
        public void received(int bytes) {}
    };

    /**
     * So many bytes are about to be sent.
     *
     * @throws IOException if they must not be; the connection is closed
     */
    void sending(int bytes) throws IOException;

    /**
     * So many bytes came.
     *
     * @throws IOException if that cannot be noted; the connection is of no use any more
     */
    void received(int bytes) throws IOException;
}
