package waybill.protocol;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A backend's URL as an operator configured it: {@code https://host[:port]/path}, at most 512 ASCII characters, with a
 * lower-case DNS name or IPv4 literal, no user, query or fragment, no dot segments and no trailing slash.
 *
 * <p>There is one way to write each: two backends are the same if their texts are. {@code http} is a backend behind a
 * proxy or on the loopback, which every command that dials it must allow by name. Immutable and safe for use by several
 * threads. See section 1 of the specification.
 */
public record BackendUrl(URI uri) {
    /** The longest URL in characters. */
    public static final int MAX_LENGTH = 512;

    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)*");
    private static final Pattern HOST = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

    /** @throws IllegalArgumentException if the URL is not in the form described above */
    public BackendUrl {
        String text = uri.toString();
        String scheme = uri.getScheme();
        String host = uri.getHost();
        if (text.length() > MAX_LENGTH
                || scheme == null
                || host == null
                || !(scheme.equals("https") || scheme.equals("http"))
                || !HOST.matcher(host).matches()
                || host.contains("..")
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || uri.getPort() == 0
                || uri.getPort() > 65535
                || !PATH.matcher(uri.getRawPath()).matches()
                || !uri.normalize().equals(uri)
                || !text.equals(scheme + "://" + uri.getRawAuthority() + uri.getRawPath())
                || !uri.getRawAuthority().equals(uri.getPort() < 0 ? host : host + ":" + uri.getPort())) {
            throw new IllegalArgumentException(
                    "a backend's URL is https://host[:port]/path in lower case, without query, user or trailing slash");
        }
    }

    /**
     * Reads a URL exactly as it must be written.
     *
     * @throws IllegalArgumentException if it is in any other form
     */
    public static BackendUrl parse(String text) {
        try {
            return new BackendUrl(new URI(text));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL: " + e.getReason(), e);
        }
    }

    /**
     * Reads what a person typed: trailing slashes are dropped, scheme and host lowered, the scheme's own port left out.
     *
     * @throws IllegalArgumentException if that does not make a backend's URL
     */
    public static BackendUrl fromOperator(String typed) {
        try {
            URI uri = new URI(typed.strip());
            if (uri.getHost() == null || uri.getScheme() == null) {
                throw new IllegalArgumentException("not a URL with a scheme and a host: " + typed);
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            int standard = scheme.equals("https") ? 443 : 80;
            String port = uri.getPort() < 0 || uri.getPort() == standard ? "" : ":" + uri.getPort();
            String path = uri.getRawPath().replaceAll("/+$", "");
            String rest = (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())
                    + (uri.getRawUserInfo() == null ? "" : "#user");
            return parse(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port + path + rest);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL: " + e.getReason(), e);
        }
    }

    /** The host, a DNS name or an IPv4 literal. */
    public String host() {
        return uri.getHost();
    }

    /** The TCP port, the scheme's own where none is written. */
    public int port() {
        return uri.getPort() > 0 ? uri.getPort() : encrypted() ? 443 : 80;
    }

    /** The path without a trailing slash; empty for the root. */
    public String path() {
        return uri.getRawPath();
    }

    /** Whether the scheme is {@code https}. */
    public boolean encrypted() {
        return "https".equals(uri.getScheme());
    }

    /** The one way to write it. */
    @Override
    public String toString() {
        return uri.toString();
    }
}
