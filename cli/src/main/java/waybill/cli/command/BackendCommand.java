package waybill.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.backend.Arrivals;
import waybill.backend.BackendConfig;
import waybill.backend.BackendInit;
import waybill.backend.BackendRenew;
import waybill.backend.BackendServer;
import waybill.backend.BackendSetupException;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.BytesConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;
import waybill.store.StoreLimits;

/** {@code waybill backend}: the vendor's side. */
@Command(
        name = "backend",
        description = "The vendor's side: takes parcels in and signs for them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BackendCommand.Init.class,
            BackendCommand.Run.class,
            BackendCommand.Renew.class,
            BackendCommand.ListArrivals.class
        },
        footer = {
            "",
            "Example:",
            "  waybill backend init backend/ --host backend.example",
            "  waybill backend run backend/ --listen 0.0.0.0:443"
        })
public final class BackendCommand {

    /** {@code waybill backend init}. */
    @Command(
            name = "init",
            description = "Make a backend's directory: a private CA, the receipt and publisher keys, a TLS"
                    + " certificate, an age identity and the first profile.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Example:",
                "  waybill backend init backend/ --host backend.example",
                "",
                "DIR/README.txt says what is secret, what to move offline, and what senders get."
            })
    static final class Init implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "A directory that is empty or not there yet.")
        @SuppressWarnings("NullAway.Init") // required
        private Path directory;

        @Option(
                names = "--host",
                required = true,
                paramLabel = "NAME",
                description = "The DNS name or IPv4 address that receipts and TLS certificate are made out to.")
        private String host = "";

        @Option(names = "--url", paramLabel = "URL", description = "Where it is reached (default: https://NAME/inbox).")
        private @Nullable String url;

        @Option(
                names = "--max-size",
                paramLabel = "BYTES",
                defaultValue = "4G",
                converter = BytesConverter.class,
                description = "The largest parcel (default: ${DEFAULT-VALUE}).")
        private long maxSize = BackendInit.Options.DEFAULT_MAX_SIZE;

        @Option(
                names = "--identity-offline",
                description = "Keep the age identity from the server: it then signs for bytes it cannot open.")
        private boolean identityOffline;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() throws BackendSetupException {
            Console console = output.console();
            checkHost();
            try {
                Optional<BackendUrl> at = Optional.ofNullable(url).map(BackendUrl::fromOperator);
                BackendInit.Made made = BackendInit.init(
                        directory, new BackendInit.Options(host, at, maxSize, identityOffline), InstantSource.system());
                Map<String, Object> object = new LinkedHashMap<>();
                object.put("directory", made.directory().toString());
                object.put("url", made.url().toString());
                object.put("anchor", made.anchor().toString());
                object.put("recipient", made.recipient());
                object.put("renewBy", made.renewBy().toString());
                console.end("made", ExitCode.OK, object);
                console.result("made      " + made.directory());
                console.result("url       " + made.url());
                console.result("anchor    " + made.anchor() + "   (give this one file to senders and relays)");
                console.result("recipient " + made.recipient());
                console.result("renew by  " + made.renewBy());
                console.note("next: move " + made.directory().resolve("offline") + " to a safe place, then run");
                console.note("      waybill backend run " + made.directory() + " --listen 0.0.0.0:"
                        + made.url().port());
                return ExitCode.OK;
            } catch (IllegalArgumentException e) {
                throw CliException.usage("--url: " + Text.foreign(String.valueOf(e.getMessage())), "");
            } catch (IOException e) {
                throw CliException.io(
                        Text.foreign(directory.toString()) + " cannot be made: " + Reason.of(e, directory),
                        "name a directory that you may make",
                        e);
            }
        }

        /** Who says a URL, or a port with the name, is told how that is said. */
        private void checkHost() {
            BackendUrl meant;
            try {
                meant = BackendUrl.fromOperator(host.contains("://") ? host : "https://" + host);
            } catch (IllegalArgumentException e) {
                return; // no name at all: that is said where it is used
            }
            if (meant.host().equals(host)) {
                return;
            }
            boolean named = meant.port() == 443 && meant.path().isEmpty();
            throw CliException.usage(
                    "--host takes a name alone, in lower case, and '" + Text.foreign(host) + "' is more than that",
                    "say --host " + meant.host()
                            + (named ? "" : " --url " + meant + (meant.path().isEmpty() ? "/inbox" : "")));
        }
    }

    /** {@code waybill backend renew}. */
    @Command(
            name = "renew",
            description = "Make the next receipt and TLS certificates and a new profile, beside those in use.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  waybill backend renew backend/ --offline /media/safe/offline"})
    static final class Renew implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "The backend's directory.")
        @SuppressWarnings("NullAway.Init") // required
        private Path directory;

        @Option(
                names = "--offline",
                paramLabel = "DIR",
                description = "Where the offline keys are now (default: offline in the backend's directory).")
        private @Nullable Path offline;

        @Option(names = "--new-identity", description = "Also make a new age identity; the old one still opens.")
        private boolean newIdentity;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() throws BackendSetupException {
            Console console = output.console();
            try {
                BackendRenew.Options defaults = BackendRenew.Options.of(directory);
                BackendRenew.Renewed renewed = BackendRenew.renew(
                        directory,
                        new BackendRenew.Options(offline == null ? defaults.offline() : offline, newIdentity),
                        InstantSource.system());
                Map<String, Object> object = new LinkedHashMap<>();
                object.put(
                        "written",
                        renewed.written().stream().map(Path::toString).toList());
                object.put("serial", renewed.serial());
                object.put("renewBy", renewed.renewBy().toString());
                console.end("renewed", ExitCode.OK, object);
                renewed.written().forEach(file -> console.result("written  " + file));
                console.result("renew by " + renewed.renewBy());
                return ExitCode.OK;
            } catch (IOException e) {
                throw CliException.io(
                        Text.foreign(directory.toString()) + " cannot be renewed: " + Reason.of(e, directory),
                        "what was in use before still is",
                        e);
            }
        }
    }

    /** {@code waybill backend run}. */
    @Command(
            name = "run",
            description = "Run a backend: take parcels in, store them, sign for them.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  waybill backend run backend/ --listen 0.0.0.0:443"})
    static final class Run implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "A directory that 'backend init' made.")
        @SuppressWarnings("NullAway.Init") // required
        private Path directory;

        @Option(
                names = "--listen",
                required = true,
                paramLabel = "HOST:PORT",
                converter = AddressConverter.class,
                description = "Where to listen; port 0 takes a free one and says which.")
        @SuppressWarnings("NullAway.Init") // required
        private InetSocketAddress listen;

        @Option(
                names = "--plain-http",
                description = "Serve plain HTTP: behind a proxy that ends TLS, or on the loopback.")
        private boolean plainHttp;

        @Option(names = "--allow-rsa-1024", description = "Sign with a 1024-bit RSA key if that is what is there.")
        private boolean allowRsa1024;

        @Mixin
        private final StoreOptions store = new StoreOptions();

        @Mixin
        private final HopOptions hop = new HopOptions();

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() throws BackendSetupException, InterruptedException {
            Console console = output.service();
            StoreLimits limits = store.over(BackendConfig.DEFAULT_STORE);
            BackendConfig config = new BackendConfig(
                    directory, listen, plainHttp, allowRsa1024, hop.over(BackendConfig.DEFAULT_LIMITS), limits);
            try (BackendServer server = BackendServer.start(config, InstantSource.system())) {
                Map<String, Object> object = new LinkedHashMap<>();
                object.put("event", "listening");
                object.put("url", server.url().toString());
                object.put("address", Service.text(server.address()));
                object.put("opens", server.opens());
                console.line(object);
                console.result("backend " + server.url() + " listens on " + Service.text(server.address())
                        + (server.opens() ? ", opens what comes" : ", cannot open what comes"));
                Service.untilTold(server::close);
                return ExitCode.OK;
            } catch (IOException e) {
                throw Service.notStarted("backend", e);
            }
        }
    }

    /** {@code waybill backend arrivals}. */
    @Command(
            name = "arrivals",
            description = "What came in, in the order it was stored; a feed to be read again from any point.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Example:",
                "  waybill backend arrivals backend/ --since 1200 --json",
                "",
                "With --json each arrival is a line; the last line says in 'last' where to go on."
            })
    static final class ListArrivals implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "The backend's directory; it may be running.")
        @SuppressWarnings("NullAway.Init") // required
        private Path directory;

        @Option(
                names = "--since",
                paramLabel = "N",
                defaultValue = "0",
                description = "Only what came after this sequence number.")
        private long since;

        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "1000",
                description = "At most so many (default: ${DEFAULT-VALUE}).")
        private int limit = 1000;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() throws BackendSetupException {
            Console console = output.console();
            int count = 0;
            long last = since;
            try {
                for (Arrivals.Arrival arrival : Arrivals.after(directory, since, limit)) {
                    Map<String, Object> object = new LinkedHashMap<>();
                    object.put("sequence", arrival.sequence());
                    object.put("task", arrival.key().id().toString());
                    object.put("sha256", arrival.key().sha256().hex());
                    object.put("size", arrival.size());
                    object.put("received", arrival.received().toString());
                    object.put("parcel", arrival.parcel().toString());
                    console.line(object);
                    count++;
                    last = arrival.sequence();
                    console.result(arrival.sequence() + "  " + arrival.received() + "  "
                            + arrival.key().id() + "  " + Text.bytes(arrival.size()) + "  " + arrival.parcel());
                }
                Map<String, Object> end = new LinkedHashMap<>();
                end.put("arrivals", count);
                end.put("last", last);
                console.end("listed", ExitCode.OK, end);
                return ExitCode.OK;
            } catch (IOException e) {
                throw CliException.io(
                        Text.foreign(directory.toString()) + " cannot be read: " + Reason.of(e, directory),
                        "name a backend's directory that you may read",
                        e);
            }
        }
    }
}
