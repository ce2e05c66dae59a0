package waybill.discovery;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.Commitment;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** Values for the tests of discovery. */
final class Sample {
    static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    static final Promise PROMISE = new Promise(900, 120, 4096, 250_000, 1);
    /** A LAN of which no interface of this machine is part: for tests without sockets only. */
    static final Lan LAN = new Lan("test0", ip("192.168.7.20"), 24);

    private Sample() {}

    static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    static InetSocketAddress at(String literal, int port) {
        return new InetSocketAddress(ip(literal), port);
    }

    static TaskId id(long seed) {
        return TaskId.fresh(InstantSource.fixed(Instant.EPOCH), new Random(seed));
    }

    static TaskId id() {
        return TaskId.fresh(InstantSource.system(), ThreadLocalRandom.current());
    }

    static Commitment secret(int seed) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) seed);
        return Commitment.to(bytes);
    }

    static NodeId node(int seed) {
        return new NodeId(Sha256.of(new byte[] {(byte) seed, (byte) (seed >> 8)}));
    }

    static AliasUrl alias(String address) {
        return AliasUrl.parse("https://" + address + ":7506/a/abcdefghijklmnopqrstuv");
    }

    static Packet.Request request(TaskId id, Commitment secret, int relays) {
        return new Packet.Request(id, Packet.Method.PUT, BACKEND, 1000, relays, 4, secret.commit());
    }

    static RelayFinder.Question question(TaskId id, int relays) {
        return new RelayFinder.Question(id, Packet.Method.PUT, BACKEND, 1000, relays, 4);
    }

    /** A UDP port that nobody listened on a moment ago. */
    static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, ip("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
