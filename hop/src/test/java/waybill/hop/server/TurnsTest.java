package waybill.hop.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import waybill.hop.HopLimits;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

class TurnsTest {
    private final Turns uploads =
            new Turns("uploads", HopLimits.DEFAULT.maxUploads(), HopLimits.DEFAULT.maxUploadsPerPeer());

    private static InetAddress peer(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) number});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void refused(InetAddress peer, Problem problem) {
        assertThatThrownBy(() -> uploads.begin(peer)).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.problem()).isEqualTo(problem);
            assertThat(e.retryAfter()).isPresent();
        });
    }

    @Test
    void aPeerHasHisOwnLimitAndTakesNothingFromOthers() throws Exception {
        List<Turns.Turn> turns = new ArrayList<>();
        for (int i = 0; i < HopLimits.DEFAULT.maxUploadsPerPeer(); i++) {
            turns.add(uploads.begin(peer(1)));
        }
        refused(peer(1), Problem.TOO_MANY);
        uploads.begin(peer(2)).close();
        turns.removeLast().close();
        uploads.begin(peer(1));
        refused(peer(1), Problem.TOO_MANY);
    }

    @Test
    void allPeersTogetherHaveTheirs() throws Exception {
        int peers = HopLimits.DEFAULT.maxUploads() / HopLimits.DEFAULT.maxUploadsPerPeer();
        Turns.Turn last = () -> {};
        for (int i = 0; i < HopLimits.DEFAULT.maxUploads(); i++) {
            last = uploads.begin(peer(i % peers));
        }
        refused(peer(peers), Problem.BUSY);
        last.close();
        uploads.begin(peer(peers));
        refused(peer(peers + 1), Problem.BUSY);
    }
}
