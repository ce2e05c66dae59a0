package waybill.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.hop.HttpProxy;
import waybill.proxy.Proxies;

/** By which proxy the backend is reached. No proxy leads to a relay. */
final class ProxyOptions {
    private static final int MOST = 4096;
    private static final String NONE = "none";

    private static final Logger LOG = LoggerFactory.getLogger(ProxyOptions.class);

    @Option(
            names = "--proxy",
            paramLabel = "URL",
            description =
                    "Reach the backend, never a relay, by this HTTP proxy, like http://proxy.example:3128; none for"
                            + " no proxy (default: https_proxy, all_proxy and no_proxy of the environment).")
    private @Nullable String proxy;

    @Option(
            names = "--proxy-credentials",
            paramLabel = "FILE",
            description =
                    "USER:PASSWORD for the proxy, in the first line of this file; what stands in a URL can be seen"
                            + " in the list of processes.")
    private @Nullable Path credentials;

    /** @param plainToo whether backends of {@code http://} are dialled */
    Proxies proxies(boolean plainToo) {
        Map<String, String> environment = System.getenv();
        Proxies proxies;
        try {
            if (proxy == null) {
                proxies = Proxies.of(environment, plainToo);
            } else if (proxy.equals(NONE)) {
                return Proxies.none();
            } else {
                proxies = Proxies.by(HttpProxy.parse(proxy), environment);
            }
        } catch (IllegalArgumentException e) {
            throw CliException.usage(
                    (proxy == null ? "the environment's " : "--proxy: ") + e.getMessage(),
                    "for example http://proxy.example:3128; '--proxy none' uses none");
        }
        return credentials == null ? proxies : proxies.with(read(credentials));
    }

    private static HttpProxy.Credentials read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
            HttpProxy.Credentials read =
                    HttpProxy.Credentials.parse(text.lines().findFirst().orElse(""));
            warnIfPublic(file);
            return read;
        } catch (IllegalArgumentException e) {
            throw CliException.usage(
                    "the file of --proxy-credentials is of no use: " + e.getMessage(),
                    "write USER:PASSWORD into " + file + ", in one line");
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "the proxy's credentials " + Text.foreign(file.toString()) + " cannot be read: "
                            + Reason.of(e, file),
                    "--proxy-credentials names a file with USER:PASSWORD in it",
                    e);
        }
    }

    private static void warnIfPublic(Path file) throws IOException {
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("everybody on this machine can read the proxy's credentials in {}: chmod o= it", file);
            }
        } catch (UnsupportedOperationException e) {
            LOG.debug("no permissions of this kind here", e);
        }
    }
}
