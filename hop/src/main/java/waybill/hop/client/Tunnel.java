package waybill.hop.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import waybill.hop.HopClient.UnreachableException;
import waybill.hop.HttpProxy;

/**
 * The way through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6). What the proxy answers is no more than whether there is
 * a way. It is read to the end of its head, of it the status and which credentials are asked for, and is never an answer of
 * whoever is behind. All that is not a tunnel is a peer who is not reached.
 */
final class Tunnel {
    private final HttpProxy proxy;
    private final String target;

    /** @param target {@code HOST:PORT}, which the proxy looks up */
    Tunnel(HttpProxy proxy, String target) {
        this.proxy = proxy;
        this.target = target;
    }

    /**
     * Makes it; on return whoever writes and reads these speaks to the target. Not a byte beyond the proxy's answer is read.
     *
     * @param in from the proxy; whoever gives it bounds the time
     * @param late whether a failure is that bound
     * @throws UnreachableException if there is no tunnel
     */
    void open(InputStream in, OutputStream out, BooleanSupplier late) throws UnreachableException {
        Response answer;
        try {
            out.write(request().getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            answer = new ResponseReader(in).head();
        } catch (NonsenseException e) {
            throw new UnreachableException("what listens at " + proxy + " is no HTTP proxy: " + e.getMessage(), e);
        } catch (EOFException e) {
            throw new UnreachableException("the proxy " + proxy + " closed without an answer", e);
        } catch (IOException e) {
            throw new UnreachableException(
                    "the proxy " + proxy
                            + (late.getAsBoolean()
                                    ? " did not answer in time for " + target
                                    : " was lost before it answered: " + e.getMessage()),
                    e);
        }
        if (answer.status() / 100 != 2) {
            throw new UnreachableException(refusal(answer));
        }
    }

    private String request() {
        return "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\nUser-Agent: waybill\r\n"
                + proxy.credentials()
                        .map(credentials -> "Proxy-Authorization: " + credentials.basic() + "\r\n")
                        .orElse("")
                + "\r\n";
    }

    private String refusal(Response answer) {
        int status = answer.status();
        String words =
                switch (status) {
                    case 407 -> credentials(answer);
                    case 403 -> "allows no tunnel to " + target;
                    case 502, 503, 504 -> "does not reach " + target;
                    default -> "makes no tunnel to " + target;
                };
        return "the proxy " + proxy + " " + words + " (" + status + ")";
    }

    private String credentials(Response answer) {
        boolean basic = answer.values("Proxy-Authenticate").stream()
                .map(value -> value.toLowerCase(Locale.ROOT))
                .anyMatch(value -> value.startsWith("basic ") || value.equals("basic") || value.contains(", basic "));
        if (!basic) {
            return "asks for credentials of a kind that is not spoken, not for Basic";
        }
        return proxy.credentials().isPresent()
                ? "does not take the credentials it was given"
                : "wants credentials, see --proxy-credentials";
    }
}
