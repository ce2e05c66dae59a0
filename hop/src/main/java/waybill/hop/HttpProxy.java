package waybill.hop;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/**
 * An HTTP proxy that makes tunnels (RFC 9110, section 9.3.6), as an operator named it. Immutable; no text of it or of its
 * errors shows the credentials.
 *
 * @param address where it listens; never resolved here, its name is looked up at each connection
 * @param credentials what it is told of us
 */
public record HttpProxy(InetSocketAddress address, Optional<Credentials> credentials) {
    private static final String FORM = "a proxy is http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with what is no"
            + " letter or digit of user and password percent-encoded";

    /**
     * A user of a proxy and his password, for Basic (RFC 7617).
     *
     * @param user without a colon
     */
    public record Credentials(String user, String password) {
        private static final int MOST = 1024;

        /** @throws IllegalArgumentException if they cannot be said in Basic */
        public Credentials {
            if (user.indexOf(':') >= 0) {
                throw new IllegalArgumentException("a proxy's user has no colon");
            }
            if ((user + password).chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("a proxy's user and password have no control characters");
            }
            if (user.length() + password.length() > MOST) {
                throw new IllegalArgumentException("a proxy's user and password are too long");
            }
        }

        /**
         * Reads {@code USER:PASSWORD} as it stands.
         *
         * @throws IllegalArgumentException if there is no colon, or it cannot be said
         */
        public static Credentials parse(String text) {
            int colon = text.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("a proxy's credentials are USER:PASSWORD");
            }
            return new Credentials(text.substring(0, colon), text.substring(colon + 1));
        }

        /** The value of {@code Proxy-Authorization}. */
        public String basic() {
            return "Basic "
                    + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        }

        /** Says neither of them. */
        @Override
        public String toString() {
            return "credentials";
        }
    }

    /** Keeps the name, whatever it may resolve to now. */
    public HttpProxy {
        address = InetSocketAddress.createUnresolved(address.getHostString(), address.getPort());
    }

    /**
     * Reads {@code [http://][USER:PASSWORD@]HOST[:PORT][/]}; the port is 80 if none is said.
     *
     * @throws IllegalArgumentException if it is nothing like that; the message shows nothing of the text
     */
    public static HttpProxy parse(String text) {
        URI uri;
        try {
            uri = new URI(text.contains("://") ? text : "http://" + text).parseServerAuthority();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(FORM); // without its cause, which shows the text
        }
        if (!"http".equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException("only proxies of http:// are spoken to, not https:// or socks");
        }
        if (uri.isOpaque()
                || uri.getHost() == null
                || !Set.of("", "/").contains(uri.getRawPath())
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || uri.getPort() == 0
                || uri.getPort() > 65535) {
            throw new IllegalArgumentException(FORM);
        }
        String host = uri.getHost();
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        return new HttpProxy(
                InetSocketAddress.createUnresolved(host, uri.getPort() < 0 ? 80 : uri.getPort()),
                Optional.ofNullable(uri.getRawUserInfo()).map(HttpProxy::decoded));
    }

    private static Credentials decoded(String userInfo) {
        int colon = userInfo.indexOf(':');
        return new Credentials(
                percent(colon < 0 ? userInfo : userInfo.substring(0, colon)),
                percent(colon < 0 ? "" : userInfo.substring(colon + 1)));
    }

    private static String percent(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The same proxy, told of these. */
    public HttpProxy with(Credentials those) {
        return new HttpProxy(address, Optional.of(those));
    }

    /** {@code HOST:PORT}, and nothing of credentials. */
    @Override
    public String toString() {
        String host = address.getHostString();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }
}
