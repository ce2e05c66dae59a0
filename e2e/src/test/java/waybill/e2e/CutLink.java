package waybill.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A link on the loopback that is cut once: {@code CutLink PORT AFTER COUNT} passes connections on to the port, breaks the one
 * that brings the byte after so many, and keeps the count of all bytes that went that way in a file.
 */
final class CutLink {
    private CutLink() {}

    /** Runs until it is killed. */
    public static void main(String[] args) throws IOException {
        int target = Integer.parseInt(args[0]);
        long after = Long.parseLong(args[1]);
        Path count = Path.of(args[2]);
        AtomicLong passed = new AtomicLong();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            System.out.println("{\"event\":\"listening\",\"address\":\"127.0.0.1:" + server.getLocalPort() + "\"}");
            while (true) {
                Socket near = server.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                Thread.ofPlatform().daemon().start(() -> pass(near, far, passed, after, count));
                Thread.ofPlatform().daemon().start(() -> pass(far, near, new AtomicLong(), Long.MAX_VALUE, count));
            }
        }
    }

    private static void pass(Socket from, Socket to, AtomicLong passed, long after, Path count) {
        byte[] buffer = new byte[16 * 1024];
        try (from) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                out.flush();
                long before = passed.getAndAdd(n);
                if (after < Long.MAX_VALUE) {
                    Files.write(count, Long.toString(before + n).getBytes(StandardCharsets.US_ASCII));
                }
                if (before <= after && before + n > after) {
                    break;
                }
            }
            // What has arrived over there stays, as where a cable is pulled.
            to.shutdownOutput();
        } catch (IOException e) {
            // One of the two is gone, and now both are.
        }
    }
}
