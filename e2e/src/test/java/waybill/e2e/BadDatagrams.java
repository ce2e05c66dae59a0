package waybill.e2e;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import waybill.protocol.BackendUrl;
import waybill.protocol.Commitment;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.TaskId;

/**
 * Says wrong things to a LAN: {@code BadDatagrams BROADCAST PORT URL FLOOD}. Prints how many answers a good request got
 * before, and how many all the bad ones.
 */
final class BadDatagrams {
    private BadDatagrams() {}

    public static void main(String[] args) throws IOException {
        InetAddress everybody = InetAddress.getByName(args[0]);
        int port = Integer.parseInt(args[1]);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setBroadcast(true);
            int good = 0;
            for (int i = 0; i < 5 && good == 0; i++) {
                send(socket, request(args[2]).getBytes(StandardCharsets.UTF_8), everybody, port);
                good = answers(socket);
            }
            System.out.println("good=" + good);
            for (byte[] bad : bad(args[2])) {
                send(socket, bad, everybody, port);
            }
            Random random = new Random(7);
            for (int i = Integer.parseInt(args[3]); i > 0; i--) {
                byte[] garbage = new byte[random.nextInt(1400)];
                random.nextBytes(garbage);
                send(socket, garbage, everybody, port);
            }
            System.out.println("bad=" + answers(socket));
        }
    }

    /** Good requests with one thing wrong each, each of a round of its own. */
    private static List<byte[]> bad(String url) {
        List<String> texts = new ArrayList<>();
        String good = request(url);
        texts.add(good + " ".repeat(PacketCodec.MAX_UDP + 1 - good.length()));
        good = request(url);
        texts.add(good + " ".repeat(9000 - good.length()));
        for (int cut : new int[] {1, 2, 20, 200}) {
            good = request(url);
            texts.add(good.substring(0, good.length() - cut));
        }
        texts.add("<!DOCTYPE service>" + request(url));
        texts.add("<!DOCTYPE service SYSTEM \"http://10.77.0.2/dtd\">" + request(url));
        texts.add("<!DOCTYPE service [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;&a;&a;\">]>" + request(url));
        texts.add(request(url).replace(" size=", " size=\"0\" size="));
        texts.add(request(url).replace(" href=", " href=\"" + url + "\" href="));
        texts.add("<!-- a comment -->" + request(url));
        texts.add(request(url).replace("service ", "x:service xmlns:x=\"urn:x\" "));
        texts.add(request(url).replace("version=\"1.0\"", "version=\"2.0\""));
        texts.add(request(url).replace("PUT", "put"));
        texts.add("");
        List<byte[]> all = new ArrayList<>();
        texts.forEach(text -> all.add(text.getBytes(StandardCharsets.UTF_8)));
        all.add(request(url).getBytes(StandardCharsets.UTF_16));
        all.add(("\uFEFF" + request(url)).getBytes(StandardCharsets.UTF_8));
        return all;
    }

    private static String request(String url) {
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        Packet.Request request = new Packet.Request(
                TaskId.fresh(InstantSource.system(), random),
                Packet.Method.PUT,
                BackendUrl.parse(url),
                1000,
                0,
                4,
                Commitment.to(secret).commit());
        return new String(PacketCodec.encode(request), StandardCharsets.UTF_8);
    }

    private static void send(DatagramSocket socket, byte[] bytes, InetAddress to, int port) throws IOException {
        socket.send(new DatagramPacket(bytes, bytes.length, to, port));
    }

    /** Counts what comes until nothing came for two seconds. */
    private static int answers(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(2000);
        for (int count = 0; ; count++) {
            try {
                socket.receive(new DatagramPacket(new byte[2000], 2000));
            } catch (SocketTimeoutException e) {
                return count;
            }
        }
    }
}
