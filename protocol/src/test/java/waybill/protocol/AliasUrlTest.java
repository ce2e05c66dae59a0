package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What else is no alias URL stands in {@code spec/vectors/packet/bad-alias-*}. */
class AliasUrlTest {
    @ParameterizedTest
    @CsvSource({
        "https://192.0.2.7:7506/a/x_-Y, 192.0.2.7, 7506, /a/x_-Y",
        "http://127.0.0.1:65535/x, 127.0.0.1, 65535, /x",
        "https://[::1]:1/a, ::1, 1, /a",
        "https://[2001:db8::7]:7506/a, 2001:db8::7, 7506, /a"
    })
    void hasAnAddressAPortAndAPath(String text, String address, int port, String path) {
        AliasUrl url = AliasUrl.parse(text);

        assertThat(url).hasToString(text);
        assertThat(url.address()).isEqualTo(InetAddress.ofLiteral(address));
        assertThat(url.port()).isEqualTo(port);
        assertThat(url.path()).isEqualTo(path);
        assertThat(url.encrypted()).isEqualTo(text.startsWith("https"));
    }

    /** RFC 5952, section 4. */
    @ParameterizedTest
    @CsvSource({
        "0:0:0:0:0:0:0:1, ::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "1:0:0:0:0:0:0:0, 1::",
        "0:0:1:2:3:4:5:6, ::1:2:3:4:5:6",
        "0:1:2:3:4:5:6:7, 0:1:2:3:4:5:6:7",
        "fe80:0:0:0:ABCD:0:0:1, fe80::abcd:0:0:1"
    })
    void writesIpv6InTheOneWayOfRfc5952(String address, String text) {
        AliasUrl url = AliasUrl.at(true, new InetSocketAddress(InetAddress.ofLiteral(address), 7506), "/a");

        assertThat(url).hasToString("https://[" + text + "]:7506/a");
        assertThat(AliasUrl.parse(url.toString())).isEqualTo(url);
    }

    @Test
    void leavesAZoneOut() throws UnknownHostException {
        byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();

        AliasUrl url =
                AliasUrl.at(true, new InetSocketAddress(Inet6Address.getByAddress("", linkLocal, 2), 7506), "/a");

        assertThat(url).hasToString("https://[fe80::1]:7506/a");
    }

    @Property
    void everyAddressOfAMachineReadsBack(
            @ForAll @Size(16) byte[] six,
            @ForAll @Size(4) byte[] four,
            @ForAll @IntRange(min = 1, max = 65535) int port)
            throws UnknownHostException {
        for (byte[] bytes : new byte[][] {six, four}) {
            InetAddress address = InetAddress.getByAddress(bytes);
            Assume.that(!address.isAnyLocalAddress() && !address.isMulticastAddress());
            Assume.that(!address.getHostAddress().equals("255.255.255.255"));

            AliasUrl url = AliasUrl.at(true, new InetSocketAddress(address, port), "/a");

            assertThat(AliasUrl.parse(url.toString())).isEqualTo(url);
            assertThat(url.address()).isEqualTo(address);
            assertThat(url.port()).isEqualTo(port);
        }
    }

    @Test
    void takesNoIpv4AddressMappedIntoIpv6() {
        assertThat(InetAddress.ofLiteral("::ffff:c000:207")).isInstanceOf(Inet4Address.class);
        assertThatIllegalArgumentException().isThrownBy(() -> AliasUrl.parse("https://[::ffff:c000:207]:7506/a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1"})
    void liesAtOneMachine(String address) {
        InetSocketAddress socket = new InetSocketAddress(InetAddress.ofLiteral(address), 7506);

        assertThatIllegalArgumentException().isThrownBy(() -> AliasUrl.at(true, socket, "/a"));
    }

    @Test
    void needsAnAddressAndNotAName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AliasUrl.at(true, InetSocketAddress.createUnresolved("relay.example", 7506), "/a"));
    }

    @Test
    void isBoundedInLength() {
        String longest = "https://[::1]:1/" + "x".repeat(AliasUrl.MAX_LENGTH - 16);

        assertThat(AliasUrl.parse(longest)).hasToString(longest);
        assertThatIllegalArgumentException().isThrownBy(() -> AliasUrl.parse(longest + "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> AliasUrl.parse("https://[::1]:1" + "/x".repeat(1 << 20)));
    }

    @Test
    void cannotBeMadeOfAnyOtherUri() {
        assertThatIllegalArgumentException().isThrownBy(() -> new AliasUrl(URI.create("https://relay.example:7506/a")));
        assertThatIllegalArgumentException().isThrownBy(() -> new AliasUrl(URI.create("urn:x:y")));
    }
}
