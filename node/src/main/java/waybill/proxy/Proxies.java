package waybill.proxy;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import waybill.hop.HttpProxy;
import waybill.protocol.BackendUrl;

/**
 * Which proxy leads to a backend. Immutable.
 *
 * <p>The environment is read as curl reads it: {@code https_proxy} or {@code HTTPS_PROXY} for backends of {@code https},
 * {@code http_proxy} for those of {@code http}, {@code all_proxy} or {@code ALL_PROXY} where that is not said, and
 * {@code no_proxy} or {@code NO_PROXY} for those that are reached without; the name in small letters first. There is no
 * {@code HTTP_PROXY}: under CGI that is what a stranger's request says in a field {@code Proxy}.
 */
public final class Proxies {
    private static final Proxies NONE = new Proxies(Optional.empty(), Optional.empty(), NoProxy.parse(""));

    private final Optional<HttpProxy> encrypted;
    private final Optional<HttpProxy> plain;
    private final NoProxy without;

    private Proxies(Optional<HttpProxy> encrypted, Optional<HttpProxy> plain, NoProxy without) {
        this.encrypted = encrypted;
        this.plain = plain;
        this.without = without;
    }

    /** None for anybody. */
    public static Proxies none() {
        return NONE;
    }

    /**
     * As the environment says.
     *
     * @param plainToo whether {@code http} backends are dialled at all, so that their proxy is of interest
     * @throws IllegalArgumentException if a proxy cannot be used; the message names the variable and not its value
     */
    public static Proxies of(Map<String, String> environment, boolean plainToo) {
        return new Proxies(
                proxy(environment, List.of("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")),
                plainToo ? proxy(environment, List.of("http_proxy", "all_proxy", "ALL_PROXY")) : Optional.empty(),
                without(environment));
    }

    /** This one, but for what the environment says is reached without. */
    public static Proxies by(HttpProxy proxy, Map<String, String> environment) {
        return new Proxies(Optional.of(proxy), Optional.of(proxy), without(environment));
    }

    private static Optional<HttpProxy> proxy(Map<String, String> environment, List<String> names) {
        return said(environment, names).map(variable -> {
            try {
                return HttpProxy.parse(variable.getValue().strip());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(variable.getKey() + ": " + e.getMessage());
            }
        });
    }

    private static NoProxy without(Map<String, String> environment) {
        return NoProxy.parse(said(environment, List.of("no_proxy", "NO_PROXY"))
                .map(Map.Entry::getValue)
                .orElse(""));
    }

    private static Optional<Map.Entry<String, String>> said(Map<String, String> environment, List<String> names) {
        return names.stream()
                .filter(name -> !environment.getOrDefault(name, "").isBlank())
                .findFirst()
                .map(name -> Map.entry(name, environment.getOrDefault(name, "")));
    }

    /** The same proxies, told of these credentials. */
    public Proxies with(HttpProxy.Credentials credentials) {
        return new Proxies(
                encrypted.map(proxy -> proxy.with(credentials)), plain.map(proxy -> proxy.with(credentials)), without);
    }

    /**
     * The proxy that leads to this backend, if one is to.
     *
     * @param connectTo where it is dialled instead of its URL's host: what is reached without a proxy may be named by either
     */
    public Optional<HttpProxy> towards(BackendUrl backend, Optional<InetSocketAddress> connectTo) {
        boolean straight = without.covers(backend.host())
                || connectTo
                        .map(InetSocketAddress::getHostString)
                        .filter(without::covers)
                        .isPresent();
        return straight ? Optional.empty() : backend.encrypted() ? encrypted : plain;
    }
}
