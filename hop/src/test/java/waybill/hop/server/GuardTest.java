package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.webserver.CloseConnectionException;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import waybill.hop.Servers;

/** How long a reader may take, told by a clock of our own: a second idle, 1 MiB/s. */
class GuardTest {
    private static final int PIECE = 64 * 1024;

    private long now;

    /** Answers in pieces, each of which the reader takes in this time; how many of them went out, 100 at most. */
    private int taken(Guard guard, Duration each) {
        for (int pieces = 0; pieces < 100; pieces++) {
            try {
                guard.write(PIECE, () -> now += each.toNanos());
            } catch (CloseConnectionException e) {
                return pieces;
            }
        }
        return 100;
    }

    @Test
    void aReaderWhoIsNeverIdleAndYetTooSlowIsClosed() throws Exception {
        try (SocketChannel channel = SocketChannel.open()) {
            Guard guard = new Guard(channel, InetAddress.getLoopbackAddress(), Servers.tight(), () -> now);

            // 341 KiB/s: each piece costs 125 ms of the second that he has.
            assertThat(taken(guard, Duration.ofNanos(187_500_000))).isEqualTo(8);
            assertThatThrownBy(() -> guard.write(1, () -> {})).isInstanceOf(CloseConnectionException.class);

            // Each answer begins anew, and who is fast enough is never closed.
            guard.headRead();
            assertThat(taken(guard, Duration.ofMillis(62))).isEqualTo(100);
        }
    }
}
