package waybill.hop;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A connection whose every byte the test decides. Reads give up after ten seconds. */
public final class Raw implements AutoCloseable {
    /** The socket. */
    public final Socket socket;

    /** Connects to a server. */
    public Raw(InetSocketAddress to) throws IOException {
        socket = new Socket(to.getAddress(), to.getPort());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
    }

    /** Sends text. */
    public Raw send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Whether one more byte can be sent and nothing says that the peer closed. */
    public boolean trickle(String text) {
        try {
            send(text);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** All that comes until the peer closes, or resets. */
    public String rest() throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                text.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketException e) {
            text.append("<reset>");
        }
        return text.toString();
    }

    /** A head, to the empty line. */
    public String head() throws IOException {
        return until("\r\n\r\n");
    }

    /** All up to this text and with it. */
    public String until(String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int c = socket.getInputStream().read();
            if (c < 0) {
                return text + "<eof>";
            }
            text.append((char) c);
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
