package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanTest {
    private static final Lan.Nic LO =
            new Lan.Nic("lo", true, true, false, List.of(lan("lo", "127.0.0.1", 8)), List.of(Sample.ip("127.0.0.1")));
    private static final Lan.Nic ETH = new Lan.Nic(
            "eth0",
            true,
            false,
            false,
            List.of(lan("eth0", "10.1.2.3", 24), lan("eth0", "172.16.0.9", 16)),
            List.of(Sample.ip("10.1.2.3"), Sample.ip("172.16.0.9"), Sample.ip("fd00::3")));
    private static final Lan.Nic DOWN = new Lan.Nic(
            "eth1", false, false, false, List.of(lan("eth1", "10.9.0.1", 24)), List.of(Sample.ip("10.9.0.1")));
    private static final Lan.Nic TUNNEL = new Lan.Nic(
            "tun0", true, false, true, List.of(lan("tun0", "10.8.0.1", 24)), List.of(Sample.ip("10.8.0.1")));
    private static final Lan.Nic BARE = new Lan.Nic("ifb0", true, false, false, List.of(), List.of());

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 8, 127.255.255.255",
        "192.168.7.20, 24, 192.168.7.255",
        "10.1.2.1, 30, 10.1.2.3",
        "10.200.2.3, 13, 10.207.255.255",
        "10.1.2.3, 32, 10.1.2.3",
        "10.1.2.3, 0, 255.255.255.255"
    })
    void theBroadcastAddressFollowsFromThePrefix(String address, int prefix, String broadcast) {
        assertThat(lan("x", address, prefix).broadcast()).isEqualTo(Sample.ip(broadcast));
    }

    @ParameterizedTest
    @CsvSource({
        "192.168.7.1, true, true",
        "192.168.7.20, true, true",
        "192.168.7.255, true, false",
        "192.168.7.0, true, false",
        "192.168.8.1, false, false",
        "255.255.255.255, false, false",
        "0.0.0.0, false, false",
        "224.0.0.1, false, false",
        "fe80::1, false, false"
    })
    void aNeighbourIsAMachineOfTheSubnet(String other, boolean onLink, boolean neighbour) {
        Lan lan = lan("x", "192.168.7.20", 24);
        assertThat(lan.onLink(Sample.ip(other))).isEqualTo(onLink);
        assertThat(lan.isNeighbour(Sample.ip(other))).isEqualTo(neighbour);
    }

    @Test
    void noAddressOfOthersIsANeighbourEvenWhereThePrefixIsEmpty() {
        Lan everything = lan("x", "10.0.0.1", 0);
        assertThat(everything.isNeighbour(Sample.ip("224.0.0.1"))).isFalse();
        assertThat(everything.isNeighbour(Sample.ip("0.0.0.0"))).isFalse();
        assertThat(everything.isNeighbour(Sample.ip("255.255.255.255"))).isFalse();
        assertThat(everything.isNeighbour(Sample.ip("192.0.2.9"))).isTrue();
    }

    @Test
    void aPrefixOutOfRangeIsRefused() {
        assertThatThrownBy(() -> lan("x", "10.0.0.1", 33)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lan("x", "10.0.0.1", -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void withoutNamesTheLoopbackIsNeverChosenNorIsWhatIsDownOrPointToPoint() throws Exception {
        assertThat(Lan.select(List.of(), List.of(LO, ETH, DOWN, TUNNEL, BARE))).isEqualTo(ETH.lans());
    }

    @Test
    void noneIsNoInterfaceAndTheMachineCanStillBeAskedByUnicast() throws Exception {
        List<Lan.Nic> all = List.of(LO, ETH, DOWN, TUNNEL, BARE);
        assertThat(Lan.select(List.of("none"), all)).isEmpty();
        assertThat(Lan.homes(List.of("none"), all))
                .containsExactly(
                        Lan.alone("eth0", Sample.ip("10.1.2.3")),
                        Lan.alone("eth0", Sample.ip("172.16.0.9")),
                        Lan.alone("eth0", Sample.ip("fd00::3")),
                        Lan.alone("tun0", Sample.ip("10.8.0.1")));
        assertThat(Lan.homes(List.of(), all)).isEqualTo(Lan.homes(List.of("none"), all));
        assertThat(Lan.homes(List.of("lo", "eth1"), all))
                .as("named, and up")
                .containsExactly(Lan.alone("lo", Sample.ip("127.0.0.1")));
    }

    @Test
    void aNamedInterfaceIsChosenAlone() throws Exception {
        assertThat(Lan.select(List.of("lo"), List.of(LO, ETH))).isEqualTo(LO.lans());
    }

    @Test
    void severalAddressesOfAnInterfaceGiveSeveralLans() throws Exception {
        assertThat(Lan.select(List.of("eth0", "eth0"), List.of(LO, ETH)))
                .as("named twice, taken once")
                .containsExactly(lan("eth0", "10.1.2.3", 24), lan("eth0", "172.16.0.9", 16));
    }

    @Test
    void anIpv6LinkIsAskedByTheGroupOnThatLinkAlone() {
        Lan link = new Lan("test0", zoned("fe80::20", 7), 64);
        InetSocketAddress everybody = link.destination(7506);
        assertThat(everybody.getPort()).isEqualTo(7506);
        Inet6Address group = (Inet6Address) everybody.getAddress();
        assertThat(group.isMCLinkLocal()).isTrue();
        assertThat(group.getScopeId()).as("leaves by no other interface").isEqualTo(7);
        assertThat(group).isEqualTo(Sample.ip("ff12::8000:7506"));
    }

    @ParameterizedTest
    @CsvSource({
        "fe80::9, 7, true",
        "fe80::9, 8, false",
        "fe80::9, 0, true", // as an alias URL has it
        "fd00::9, 0, false",
        "fe80:0:0:1::9, 7, false",
        "ff12::8000:7506, 7, false",
        "::1, 0, false",
        "::, 0, false"
    })
    void onAnIpv6LinkANeighbourHasALinkLocalAddressThere(String other, int zone, boolean neighbour) {
        Lan link = new Lan("test0", zoned("fe80::20", 7), 64);
        assertThat(link.isNeighbour(zoned(other, zone))).isEqualTo(neighbour);
        assertThat(link.isNeighbour(Sample.ip("192.168.7.1"))).isFalse();
        assertThat(lan("x", "192.168.7.20", 24).isNeighbour(zoned(other, zone))).isFalse();
    }

    @Test
    void whatIsMissingIsLeftOutWhereThatIsAsked() {
        List<Lan.Nic> all = List.of(LO, ETH, DOWN, TUNNEL, BARE);
        assertThat(Lan.present(List.of("eth0", "eth1", "eth9", "ifb0"), all)).isEqualTo(ETH.lans());
        assertThat(Lan.present(List.of("eth9"), all)).isEmpty();
        assertThat(Lan.present(List.of("none"), all)).isEmpty();
        assertThat(Lan.present(List.of(), all)).isEqualTo(ETH.lans());
        assertThat(Lan.present(List.of(), List.of(LO))).isEmpty();
    }

    @Test
    void anUnknownInterfaceIsAnErrorThatSaysWhichExist() {
        assertThatThrownBy(() -> Lan.select(List.of("eth9"), List.of(LO, ETH, DOWN, BARE)))
                .isInstanceOf(IOException.class)
                .hasMessage("no interface is named eth9; there are: lo 127.0.0.1/8, eth0 10.1.2.3/24 172.16.0.9/16,"
                        + " eth1 10.9.0.1/24 (down), ifb0 (no address)");
    }

    @Test
    void anInterfaceThatIsDownOrHasNoAddressIsAnError() {
        assertThatThrownBy(() -> Lan.select(List.of("eth1"), List.of(LO, DOWN)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("eth1 is down");
        assertThatThrownBy(() -> Lan.select(List.of("ifb0"), List.of(LO, BARE)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ifb0 has no address");
    }

    @Test
    void withoutNamesAndWithoutALanThereIsAnError() {
        assertThatThrownBy(() -> Lan.select(List.of(), List.of(LO, TUNNEL)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("there are: lo 127.0.0.1/8, tun0 10.8.0.1/24");
        assertThatThrownBy(() -> Lan.select(List.of(), List.of()))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("there are: none");
    }

    @Test
    void theLoopbackOfThisMachineIsReadAndNothingElse() throws Exception {
        Lan loopback = Lan.loopback();
        assertThat(loopback.address().isLoopbackAddress()).isTrue();
        assertThat(loopback.broadcast()).isEqualTo(Sample.ip("127.255.255.255"));
        assertThat(Lans.loopback().now()).containsExactly(loopback);
        assertThat(Lan.named(List.of(loopback.name())))
                .contains(loopback)
                .allMatch(lan -> lan.address().isLoopbackAddress());
    }

    private static Inet6Address zoned(String address, int zone) {
        try {
            return Inet6Address.getByAddress(null, Sample.ip(address).getAddress(), zone);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Lan lan(String name, String address, int prefix) {
        return new Lan(name, Sample.ip(address), prefix);
    }
}
