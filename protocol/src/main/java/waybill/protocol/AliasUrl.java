package waybill.protocol;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.regex.Pattern;

/**
 * A local alias URL (claim 1): {@code https://ADDRESS:PORT/path} at a relay's own literal unicast IP address, without a
 * zone, at most 256 ASCII characters. Nothing in it is ever resolved by DNS.
 *
 * <p>There is one way to write each: an IPv6 address as RFC 5952 says, an IPv4 address in dotted form and never mapped into
 * IPv6. Immutable and safe for use by several threads. See section 1 of the specification.
 */
public record AliasUrl(URI uri) {
    /** The longest URL in characters. */
    public static final int MAX_LENGTH = 256;

    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    static final String IPV4 = OCTET + "(?:\\." + OCTET + "){3}";
    static final String PORT = "[1-9][0-9]{0,4}";
    private static final Pattern URL =
            Pattern.compile("https?://(?:" + IPV4 + "|\\[[0-9a-f:]{2,39}]):" + PORT + "(?:/[A-Za-z0-9_-]+)+");

    /** @throws IllegalArgumentException if the URL is not in the form described above */
    public AliasUrl {
        check(uri.toString());
        if (uri.getHost() == null || uri.getPort() > 65535) {
            throw malformed();
        }
        InetAddress address = literal(uri.getHost());
        if (!host(address).equals(uri.getHost())) {
            throw new IllegalArgumentException("an IP address is written as RFC 5952 says: " + host(address));
        }
        if (address.isAnyLocalAddress()
                || address.isMulticastAddress()
                || address.getHostAddress().equals("255.255.255.255")) {
            throw new IllegalArgumentException(
                    "an alias URL lies at one machine's address, not at " + address.getHostAddress());
        }
    }

    /**
     * Reads a URL exactly as it must be written.
     *
     * @throws IllegalArgumentException if it is in any other form
     */
    public static AliasUrl parse(String text) {
        check(text);
        return new AliasUrl(URI.create(text));
    }

    /**
     * The alias at this address; the path starts with a slash. A zone is left out.
     *
     * @throws IllegalArgumentException if the address is unresolved or no machine's own, or the path in another form
     */
    public static AliasUrl at(boolean encrypted, InetSocketAddress address, String path) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("an alias URL needs an address, not a name");
        }
        return parse(
                (encrypted ? "https://" : "http://") + host(address.getAddress()) + ":" + address.getPort() + path);
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

    private static void check(String text) {
        if (text.length() > MAX_LENGTH || !URL.matcher(text).matches()) {
            throw malformed();
        }
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "an alias URL is https://ADDRESS:PORT/path with a literal IP address, at most " + MAX_LENGTH
                        + " characters");
    }

    private static InetAddress literal(String host) {
        return InetAddress.ofLiteral(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    }

    /** The one way to write an address in a URL. The JDK makes an IPv4 address of one mapped into IPv6. */
    private static String host(InetAddress address) {
        return address instanceof Inet4Address ? address.getHostAddress() : "[" + ipv6(address.getAddress()) + "]";
    }

    /** RFC 5952, section 4: no leading zeros, the first longest run of two zero groups or more shortened, lower case. */
    private static String ipv6(byte[] bytes) {
        int[] groups = new int[8];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        int start = -1;
        int longest = 1;
        for (int i = 0; i < groups.length; i++) {
            int run = 0;
            while (i + run < groups.length && groups[i + run] == 0) {
                run++;
            }
            if (run > longest) {
                start = i;
                longest = run;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < groups.length; i++) {
            if (i == start) {
                text.append("::");
                i += longest - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
