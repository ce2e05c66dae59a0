package waybill.hop.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.hop.HopClient.UnreachableException;
import waybill.hop.HttpProxy;

/**
 * A Jazzer target for what a proxy answers. An ordinary run of the tests tries every seed once; a real search is
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn test -pl hop -am -Dtest=TunnelFuzzTest#whateverAProxyAnswers -Djazzer.max_duration=10m
 * }</pre>
 */
class TunnelFuzzTest {
    private static final HttpProxy PROXY =
            HttpProxy.parse("proxy.example:3128").with(new HttpProxy.Credentials("user", "s3cret"));

    static Stream<byte[]> seeds() {
        return Stream.of(
                        "HTTP/1.1 200 Connection established\r\n\r\n\u0016\u0003\u0003",
                        "HTTP/1.0 200 OK\nContent-Length: 3\n\nabc",
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
                        "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: basic\r\n\r\n",
                        "HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n<html>",
                        "HTTP/1.1 403 \u001b[31mNo\r\n\r\n",
                        "HTTP/1.1 200",
                        "")
                .map(seed -> seed.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("seeds")
    @FuzzTest
    void whateverAProxyAnswers(byte[] bytes) {
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        try {
            new Tunnel(PROXY, "backend.example:443").open(in, new ByteArrayOutputStream(), () -> false);
            String read = new String(bytes, 0, bytes.length - in.available(), StandardCharsets.ISO_8859_1);
            assertThat(read).as("a tunnel begins right after the head").matches("(?s)HTTP/1\\.[01] .*\n\r?\n");
        } catch (UnreachableException e) {
            assertThat(e.getMessage()).matches("[ -~]{1,300}").doesNotContain("s3cret");
        }
    }

    @Test
    void thereAreSeeds() {
        assertThat(seeds()).hasSizeGreaterThan(8);
    }
}
