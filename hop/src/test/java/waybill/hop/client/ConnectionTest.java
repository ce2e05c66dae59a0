package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import waybill.hop.Peer;

class ConnectionTest {
    @Test
    void aPeerThatDiedSilentlyIsFoundOutByTheSystem() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
                Watch watch = new Watch(clock, Duration.ofSeconds(30), Duration.ofSeconds(30))) {
            Peer peer = new Peer(
                    URI.create("http://127.0.0.1:" + server.getLocalPort() + "/inbox"),
                    new Peer.Identity.Plain(),
                    Optional.empty());
            Connection connection = Connection.open(peer, new PeerTls(), Duration.ofSeconds(10), watch, Meter.NONE);
            Socket socket = connection.raw();
            assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
                assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(10);
                assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL))
                        .isEqualTo(5);
                assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT))
                        .isEqualTo(6);
            }
            connection.close();
        }
    }
}
