package waybill.e2e;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import waybill.hop.client.HttpHopClient;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;
import waybill.trust.NodeIdentity;

/**
 * A lying relay as a process: answers every request for a relay at once and with a promise that no honest one can keep,
 * passes the backend's true profile on, and then lies in the one way that the file {@code lie} in its directory names.
 * While the file names none it is silent.
 *
 * <p>Arguments: its directory, the backend's directory, the backend's URL, where to dial it, its own address on the LAN,
 * and the honest relay's node and address.
 */
final class Liar {
    /** Better than any honest relay's. */
    static final Promise PROMISE = new Promise(0, 0, 0, 1L << 30, 1);
    /** Of discovery, and where it listens. */
    static final int PORT = 7506;
    /** Where a redirect leads to. */
    static final int TRAP = 7599;
    /** Its alias path. */
    static final String PATH = "/a/AAAAAAAAAAAAAAAAAAAAAA";

    private Liar() {}

    /** Runs until it is ended. */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        Path backend = Path.of(args[1]);
        BackendUrl url = BackendUrl.parse(args[2]);
        InetAddress own = InetAddress.ofLiteral(args[4]);
        NodeId victim = NodeId.parse(args[5]);
        InetAddress victimAt = InetAddress.ofLiteral(args[6]);

        NodeIdentity identity = NodeIdentity.load(directory, InstantSource.system());
        List<X509Certificate> anchors = anchors(backend.resolve("anchor.pem"));
        SignedPackets signed = new SignedPackets(TrustPolicy.of(anchors), InstantSource.system());
        Outlet outlet = new Outlet(HttpHopClient.create(), url, address(args[3]), anchors, signed);
        Lies lies = new Lies(outlet, new Forgeries(backend, url.host()), url, victimAt, own);
        LiarHttp http = LiarHttp.start(new InetSocketAddress(own, PORT), identity, lies);
        LiarHttp.trap(new InetSocketAddress(own, TRAP));
        try (DatagramSocket ears = new DatagramSocket(PORT);
                DatagramSocket mouth = new DatagramSocket(new InetSocketAddress(own, 0))) {
            System.out.println("{\"event\":\"listening\",\"node\":\"" + identity.node() + "\",\"address\":\""
                    + own.getHostAddress() + ":" + http.port() + "\"}");
            byte[] buffer = new byte[PacketCodec.MAX_UDP];
            while (true) {
                DatagramPacket heard = new DatagramPacket(buffer, buffer.length);
                ears.receive(heard);
                Optional<Packet.Request> request = request(Arrays.copyOf(buffer, heard.getLength()));
                Optional<Lie> lie = lie(directory);
                if (request.isEmpty() || lie.isEmpty() || heard.getAddress().equals(own)) {
                    continue;
                }
                TaskId task = request.get().id();
                lies.asked(task, lie.get());
                InetAddress at = lie.get() == Lie.ELSEWHERE ? victimAt : own;
                byte[] answer = PacketCodec.encode(new Packet.Response(
                        task,
                        request.get().method(),
                        AliasUrl.at(true, new InetSocketAddress(at, PORT), PATH),
                        lie.get() == Lie.SPOOFED_NODE ? victim : identity.node(),
                        PROMISE));
                mouth.send(new DatagramPacket(answer, answer.length, heard.getSocketAddress()));
            }
        }
    }

    private static Optional<Packet.Request> request(byte[] bytes) {
        try {
            return PacketCodec.parse(bytes, PacketCodec.MAX_UDP) instanceof Packet.Request request
                    ? Optional.of(request)
                    : Optional.empty();
        } catch (PacketFault e) {
            return Optional.empty();
        }
    }

    private static Optional<Lie> lie(Path directory) throws IOException {
        Path file = directory.resolve("lie");
        return Files.exists(file) ? Lie.of(Files.readString(file).strip()) : Optional.empty();
    }

    private static List<X509Certificate> anchors(Path pem) throws IOException {
        try {
            return List.of((X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(pem))));
        } catch (GeneralSecurityException e) {
            throw new IOException(pem + " has no certificate", e);
        }
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(
                InetAddress.ofLiteral(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
    }

    /** How long after its promise {@link Lie#TOO_LATE} still says nothing, for this allowance of the sender's. */
    static Duration lateness(Duration allowance) {
        return allowance.multipliedBy(2).plusSeconds(20);
    }
}
