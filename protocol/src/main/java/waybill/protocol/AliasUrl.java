package waybill.protocol;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A local alias URL (claim 1): {@code https://ADDRESS:PORT/path} at a relay's own literal IP address, without a zone, at
 * most 256 ASCII characters. Nothing in it is ever resolved by DNS.
 *
 * <p>Immutable and safe for use by several threads. See section 1 of the specification.
 */
public record AliasUrl(URI uri) {
    /** The longest URL in characters. */
    public static final int MAX_LENGTH = 256;

    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_-]+)+");
    private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:]{2,39}]");

    /** @throws IllegalArgumentException if the URL is not in the form described above */
    public AliasUrl {
        String text = uri.toString();
        String scheme = uri.getScheme();
        String host = uri.getHost();
        if (text.length() > MAX_LENGTH
                || scheme == null
                || host == null
                || !(scheme.equals("https") || scheme.equals("http"))
                || !(IPV4.matcher(host).matches() || IPV6.matcher(host).matches())
                || uri.getPort() < 1
                || uri.getPort() > 65535
                || !PATH.matcher(uri.getRawPath()).matches()
                || !text.equals(scheme + "://" + host + ":" + uri.getPort() + uri.getRawPath())) {
            throw new IllegalArgumentException("an alias URL is https://ADDRESS:PORT/path with a literal IP address");
        }
        literal(host);
    }

    /**
     * Reads a URL exactly as it must be written.
     *
     * @throws IllegalArgumentException if it is in any other form
     */
    public static AliasUrl parse(String text) {
        try {
            return new AliasUrl(new URI(text));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL: " + e.getReason(), e);
        }
    }

    /** The alias at this address; the path starts with a slash. */
    public static AliasUrl at(boolean encrypted, InetSocketAddress address, String path) {
        String literal = address.getAddress().getHostAddress();
        int zone = literal.indexOf('%');
        String bare = zone < 0 ? literal : literal.substring(0, zone);
        String host = bare.indexOf(':') < 0 ? bare : "[" + bare + "]";
        return parse((encrypted ? "https://" : "http://") + host + ":" + address.getPort() + path);
    }

    /** The relay's address, made without a look-up. */
    public InetAddress address() {
        return literal(uri.getHost());
    }

    /** The TCP port, 1 to 65535. */
    public int port() {
        return uri.getPort();
    }

    /** The path, with its leading slash. */
    public String path() {
        return uri.getRawPath();
    }

    /** Whether the scheme is {@code https}. */
    public boolean encrypted() {
        return "https".equals(uri.getScheme());
    }

    /** The URL as it was written. */
    @Override
    public String toString() {
        return uri.toString();
    }

    private static InetAddress literal(String host) {
        try {
            return host.startsWith("[")
                    ? InetAddress.ofLiteral(host.substring(1, host.length() - 1))
                    : InetAddress.getByAddress(dotted(host));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address: " + host, e);
        }
    }

    private static byte[] dotted(String host) {
        String[] parts = host.split("\\.", -1);
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            int value = Integer.parseInt(parts[i]);
            if (value > 255) {
                throw new IllegalArgumentException("not an IPv4 address: " + host);
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }
}
