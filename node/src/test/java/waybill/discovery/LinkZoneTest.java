package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import org.junit.jupiter.api.Test;

class LinkZoneTest {
    @Test
    void anAddressThatNeedsNoZoneHasNoneAndIsDialledByItsUrl() {
        for (String address : new String[] {"192.168.7.20", "fd00::1", "fe80::1"}) {
            LinkZone zone = LinkZone.of(Sample.ip(address));
            assertThat(zone).as(address).isEqualTo(LinkZone.NONE);
            assertThat(zone.dial(Sample.alias("192.168.7.20"))).isEmpty();
        }
    }

    @Test
    void aLinkLocalAddressIsDialledOnTheLinkWhereItWasHeard() throws Exception {
        NetworkInterface lo = NetworkInterface.getByName(Lan.loopback().name());
        LinkZone zone =
                LinkZone.of(Inet6Address.getByAddress(null, Sample.ip("fe80::9").getAddress(), lo.getIndex()));

        assertThat(zone).isEqualTo(new LinkZone(lo.getName()));
        InetSocketAddress dialled = zone.dial(Sample.alias("[fe80::9]")).orElseThrow();
        assertThat(((Inet6Address) dialled.getAddress()).getScopeId()).isEqualTo(lo.getIndex());
        assertThat(dialled).isEqualTo(Sample.at("fe80::9", 7506));
    }

    @Test
    void aLinkThatIsGoneIsNotDialled() {
        assertThat(new LinkZone("gone0").dial(Sample.alias("[fe80::9]"))).isEmpty();
    }
}
