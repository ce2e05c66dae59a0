package waybill.discovery.dnssd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import waybill.discovery.Lan;
import waybill.discovery.Lans;

class LinkTest {
    private static final Lan FOUR = lan("eth0", "10.1.2.3", 24);
    private static final Lan SECOND = lan("eth0", "172.16.0.9", 16);
    private static final Lan SIX = lan("eth0", "fe80::3", 64);

    @Test
    void anInterfaceIsALinkInEachFamilyAndSaysAllOfItsAddresses() {
        List<InetAddress> all = List.of(FOUR.address(), SECOND.address(), SIX.address());

        assertThat(Link.of(List.of(FOUR, SECOND, SIX), List.of(FOUR, SECOND, SIX), Map.of("eth0", 7)))
                .containsExactly(
                        new Link("eth0", 7, false, List.of(FOUR, SECOND), all),
                        new Link("eth0", 7, true, List.of(SIX), all));
    }

    @Test
    void whereTheRelayDoesNotListenItIsNotAdvertised() {
        Lan other = lan("eth1", "10.9.0.1", 24);

        assertThat(Link.of(List.of(FOUR, SECOND, other), List.of(FOUR), Map.of("eth0", 7, "eth1", 8)))
                .containsExactly(new Link("eth0", 7, false, List.of(FOUR, SECOND), List.of(FOUR.address())));
    }

    @Test
    void anInterfaceWithoutMulticastIsNoLink() {
        assertThat(Link.of(List.of(FOUR), List.of(FOUR), Map.of())).isEmpty();
    }

    @Test
    void whereEverythingStaysOnTheLoopbackNoOtherInterfaceIsALink() throws IOException {
        Lan loopback = Lan.loopback();

        assertThat(Link.of(Lans.named(List.of(loopback.name()))))
                .allMatch(link -> link.name().equals(loopback.name()));
        assertThat(Link.of(Lans.named(List.of(Lan.NONE)))).isEmpty();
    }

    @Test
    void anotherIndexIsAnotherLink() {
        assertThat(Link.of(List.of(FOUR), List.of(FOUR), Map.of("eth0", 7)))
                .isNotEqualTo(Link.of(List.of(FOUR), List.of(FOUR), Map.of("eth0", 8)));
    }

    private static Lan lan(String name, String address, int prefix) {
        return new Lan(name, Scene.ip(address), prefix);
    }
}
