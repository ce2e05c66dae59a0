package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BrowseTest {
    private final Tally dropped = new Tally();
    private List<Integer> said = List.of(7506);
    private final Browse browse = new Browse(new Said(), 7, dropped);

    @Test
    void aNeighbourIsAskedAtTheAddressItSpokeFromOnceForEachPort() {
        said = List.of(7506, 7600);
        assertThat(browse.found()).isFalse();

        assertThat(browse.heard(new byte[0], Sample.at("192.168.7.9", 5353), Sample.LAN))
                .containsExactly(
                        new Advertised(Sample.LAN, Sample.at("192.168.7.9", 7506)),
                        new Advertised(Sample.LAN, Sample.at("192.168.7.9", 7600)));
        assertThat(browse.found()).isTrue();
        assertThat(browse.heard(new byte[0], Sample.at("192.168.7.9", 5353), Sample.LAN))
                .isEmpty();
    }

    @Test
    void nobodyBeyondTheLanIsEverAsked() {
        for (String stranger : List.of("10.0.0.1", "192.168.8.9", "192.168.7.255", "fe80::1", "127.0.0.1")) {
            assertThat(browse.heard(new byte[0], Sample.at(stranger, 5353), Sample.LAN))
                    .isEmpty();
        }
        assertThat(dropped.of(Tally.Reason.NOT_A_NEIGHBOUR)).isEqualTo(5);
    }

    @Test
    void soManyAreAskedAndNoMore() {
        said = IntStream.rangeClosed(1, 100).boxed().toList();
        List<Advertised> asked = new ArrayList<>();
        for (int i = 30; i < 200; i++) {
            asked.addAll(browse.heard(new byte[0], Sample.at("192.168.7." + i, 5353), Sample.LAN));
        }

        assertThat(asked).hasSize(Browse.MOST);
        assertThat(asked)
                .filteredOn(one -> one.address().getAddress().equals(Sample.ip("192.168.7.30")))
                .hasSize(Browse.MOST_PER_SOURCE);
    }

    @Test
    void itsAnswerIsTakenFromItAloneAndItIsNoKnownRelayForIt() {
        Advertised one = new Advertised(Sample.LAN, Sample.at("192.168.7.9", 7600));

        assertThat(one.mayAnswer(Sample.ip("192.168.7.9"))).isTrue();
        assertThat(one.mayAnswer(Sample.ip("192.168.7.10"))).isFalse();
        assertThat(one.destination(7506)).isEqualTo(Sample.at("192.168.7.9", 7600));
        assertThat(one.name()).as("where it was heard").isEqualTo("test0");
        assertThat(one.pin()).isEmpty();
    }

    private final class Said implements Signposts {
        @Override
        public InetSocketAddress group(Lan lan) {
            throw new AssertionError("not asked here");
        }

        @Override
        public byte[] question(int id) {
            throw new AssertionError("not asked here");
        }

        @Override
        public List<Integer> ports(byte[] answer, int id, InetSocketAddress source) {
            assertThat(id).isEqualTo(7);
            return said;
        }
    }
}
