package waybill.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoProxyTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                              | backend.example   | false",
                "*                               | backend.example   | true",
                "a.example, *                    | 192.0.2.1         | true",
                "backend.example                 | backend.example   | true",
                "BACKEND.example.                | backend.example   | true",
                ".example                        | backend.example   | true",
                "example                         | backend.example   | true",
                ".backend.example                | backend.example   | true",
                "backend.example                 | a.backend.example | true",
                "kend.example                    | backend.example   | false",
                "backend.example                 | backend.example.org | false",
                "a.example backend.example       | backend.example   | true",
                "a.example,,  backend.example ,  | backend.example   | true",
                "*.example                       | backend.example   | false",
                "backend.example:443             | backend.example   | false",
                "http://backend.example          | backend.example   | false",
                "192.0.2.1                       | 192.0.2.1         | true",
                "192.0.2.1                       | 192.0.2.11        | false",
                "192.0.2.0/24                    | 192.0.2.255       | true",
                "192.0.2.0/24                    | 192.0.3.1         | false",
                "192.0.2.128/25                  | 192.0.2.127       | false",
                "192.0.2.0/33                    | 192.0.2.1         | false",
                "0.0.0.0/0                       | 192.0.2.1         | true",
                "0.0.0.0/0                       | backend.example   | false",
                "0.2.1                           | 192.0.2.1         | false",
                "fd00::/8                        | fd00::7           | true",
                "[fd00::7]                       | [fd00::7]         | true",
                "fd00::7                         | fd00::8           | false",
                "''                              | localhost         | true",
                "''                              | a.localhost       | true",
                "''                              | 127.0.0.7         | true",
                "''                              | [::1]             | true",
                "''                              | 10.0.0.1          | false",
            })
    void aHostIsReachedWithoutAProxyIfTheListNamesIt(String list, String host, boolean covered) {
        assertThat(NoProxy.parse(list).covers(host)).isEqualTo(covered);
    }

    @Property
    void everyTextIsAList(@ForAll String list, @ForAll String host) {
        boolean covered = NoProxy.parse(list).covers(host);
        assertThat(NoProxy.parse(list + ",*").covers(host)).isTrue();
        assertThat(NoProxy.parse(list + " other.invalid").covers(host) || !covered)
                .as("a longer list covers no fewer")
                .isTrue();
    }

    @Property
    void aNameCoversItselfAndAllThatEndsInIt(@ForAll("names") String name, @ForAll("names") String before) {
        for (String entry : new String[] {name, "." + name, name + ".", name.toUpperCase(java.util.Locale.ROOT)}) {
            NoProxy list = NoProxy.parse("a.invalid," + entry);
            assertThat(list.covers(name)).isTrue();
            assertThat(list.covers(before + "." + name)).isTrue();
            assertThat(list.covers(before + "x" + name)).isFalse();
        }
    }

    @Property
    void aNetworkCoversWhatHasItsBits(@ForAll int network, @ForAll int host, @ForAll @IntRange(max = 32) int bits)
            throws UnknownHostException {
        String list = address(network) + "/" + bits;
        boolean same = bits == 0 || (network ^ host) >>> (32 - bits) == 0;
        boolean loopback = host >>> 24 == 127;
        assertThat(NoProxy.parse(list).covers(address(host))).isEqualTo(same || loopback);
    }

    private static String address(int bits) throws UnknownHostException {
        return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(bits).array())
                .getHostAddress();
    }

    @Provide
    Arbitrary<String> names() {
        Arbitrary<String> label = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withChars('-')
                .ofMinLength(1)
                .ofMaxLength(8);
        return label.list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(labels -> String.join(".", labels))
                .filter(name -> !name.endsWith("localhost"));
    }
}
