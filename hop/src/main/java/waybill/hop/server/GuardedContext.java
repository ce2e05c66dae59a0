package waybill.hop.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** A connection as Helidon's HTTP sees it, with reads and writes that go by the {@link Guard}. */
final class GuardedContext implements ConnectionContext {
    private final ConnectionContext context;
    private final DataReader reader;
    private final DataWriter writer;

    GuardedContext(ConnectionContext context, Guard guard) {
        this.context = context;
        this.reader = new Reader(context.serverSocket(), guard).reader;
        this.writer = new Writer(context.dataWriter(), guard);
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public ListenerContext listenerContext() {
        return context.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return context.executor();
    }

    @Override
    public Router router() {
        return context.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return context.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return context.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return context.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return context.localPeer();
    }

    @Override
    public boolean isSecure() {
        return context.isSecure();
    }

    @Override
    public String socketId() {
        return context.socketId();
    }

    @Override
    public String childSocketId() {
        return context.childSocketId();
    }

    /** Ties a reader to a supplier that has to see how much the reader has gathered. */
    private static final class Reader {
        private final DataReader reader;

        Reader(HelidonSocket socket, Guard guard) {
            this.reader = DataReader.create(() -> read(socket, guard));
        }

        private byte[] read(HelidonSocket socket, Guard guard) {
            return guard.read(socket, reader);
        }
    }

    private record Writer(DataWriter writer, Guard guard) implements DataWriter {
        @Override
        public void write(BufferData... buffers) {
            guard.write(size(buffers), () -> writer.write(buffers));
        }

        @Override
        public void write(BufferData buffer) {
            guard.write(buffer.available(), () -> writer.write(buffer));
        }

        @Override
        public void writeNow(BufferData... buffers) {
            guard.write(size(buffers), () -> writer.writeNow(buffers));
        }

        @Override
        public void writeNow(BufferData buffer) {
            guard.write(buffer.available(), () -> writer.writeNow(buffer));
        }

        @Override
        public void flush() {
            guard.write(0, writer::flush);
        }

        private static long size(BufferData... buffers) {
            long size = 0;
            for (BufferData buffer : buffers) {
                size += buffer.available();
            }
            return size;
        }
    }
}
