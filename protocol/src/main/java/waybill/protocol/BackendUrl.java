package waybill.protocol;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A backend's URL as an operator configured it: {@code https://host[:port]/path}, at most 512 ASCII characters, with a
 * lower-case DNS name or IPv4 literal, no user, query or fragment, no empty or dot segments and no trailing slash. The
 * scheme's own port is never written.
 *
 * <p>There is one way to write each: two backends are the same if their texts are. {@code http} is a backend behind a
 * proxy or on the loopback, which every command that dials it must allow by name. Immutable and safe for use by several
 * threads. See section 1 of the specification.
 */
public record BackendUrl(URI uri) {
    /** The longest URL in characters. */
    public static final int MAX_LENGTH = 512;

    private static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
    /** A name whose last label begins with a letter, so that no form of an IPv4 address is taken for a name. */
    private static final String NAME = "(?:" + LABEL + "\\.)*(?![0-9])" + LABEL;
    /** A segment that is neither {@code .} nor {@code ..}, and not empty. */
    static final String SEGMENT = "(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~-]+";

    private static final Pattern URL = Pattern.compile(
            "https?://(?:" + NAME + "|" + AliasUrl.IPV4 + ")(?::" + AliasUrl.PORT + ")?(?:/" + SEGMENT + ")*");
    private static final int MAX_HOST = 253;

    /** @throws IllegalArgumentException if the URL is not in the form described above */
    public BackendUrl {
        check(uri.toString());
        if (uri.getHost() == null
                || uri.getHost().length() > MAX_HOST
                || uri.getPort() > 65535
                || uri.getPort() == standardPort(uri.getScheme())) {
            throw malformed();
        }
    }

    /**
     * Reads a URL exactly as it must be written.
     *
     * @throws IllegalArgumentException if it is in any other form
     */
    public static BackendUrl parse(String text) {
        check(text);
        return new BackendUrl(URI.create(text));
    }

    /**
     * Reads what a person typed: trailing slashes are dropped, scheme and host lowered, the scheme's own port left out.
     *
     * @throws IllegalArgumentException if that does not make a backend's URL
     */
    public static BackendUrl fromOperator(String typed) {
        if (typed.length() > 2 * MAX_LENGTH) {
            throw malformed();
        }
        URI uri;
        try {
            uri = new URI(typed.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL: " + e.getReason(), e);
        }
        if (uri.getHost() == null || uri.getScheme() == null) {
            throw new IllegalArgumentException(
                    "not a URL with a scheme and a host, like https://backend.example/inbox");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("a backend's URL has no user, no query and no fragment");
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        String port = uri.getPort() < 0 || uri.getPort() == standardPort(scheme) ? "" : ":" + uri.getPort();
        String path = uri.getRawPath();
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return parse(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port + path.substring(0, end));
    }

    /** The host, a DNS name or an IPv4 literal. */
    public String host() {
        return uri.getHost();
    }

    /** The TCP port, the scheme's own where none is written. */
    public int port() {
        return uri.getPort() > 0 ? uri.getPort() : standardPort(uri.getScheme());
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

    private static void check(String text) {
        if (text.length() > MAX_LENGTH || !URL.matcher(text).matches()) {
            throw malformed();
        }
    }

    private static int standardPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("a backend's URL is https://host[:port]/path in lower case, at most "
                + MAX_LENGTH + " characters, without user, query, dot segments or trailing slash");
    }
}
