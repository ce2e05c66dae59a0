package waybill.hop.client;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A socket whose bytes are counted. */
final class MeteredSocket extends Socket {
    private final Meter meter;

    MeteredSocket(Meter meter) {
        this.meter = meter;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                int b = in.read();
                if (b >= 0) {
                    meter.received(1);
                }
                return b;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = in.read(into, offset, length);
                if (count > 0) {
                    meter.received(count);
                }
                return count;
            }
        };
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(int b) throws IOException {
                ask(1);
                out.write(b);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                ask(length);
                out.write(from, offset, length);
            }

            /** Whoever waits for the peer's answer must not wait for one that cannot come. */
            private void ask(int bytes) throws IOException {
                try {
                    meter.sending(bytes);
                } catch (IOException e) {
                    MeteredSocket.this.close();
                    throw e;
                }
            }
        };
    }
}
