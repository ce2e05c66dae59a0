package waybill.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import waybill.backend.BackendSetupException.Kind;
import waybill.backend.Issuer.Issued;
import waybill.backend.Issuer.Use;
import waybill.parcel.AgeKeys;
import waybill.protocol.BackendUrl;
import waybill.store.DurableFiles;

/** {@code waybill backend init}: makes everything that a backend needs, in one new directory. */
public final class BackendInit {
    private BackendInit() {}

    /**
     * What the operator chose.
     *
     * @param host DNS name or IPv4 literal, lower case; senders verify it in every receipt
     * @param url where senders and relays reach the backend; {@code https://HOST/inbox} if not given
     * @param maxSize the largest parcel in bytes, said in the profile
     * @param identityOffline whether the age identity stays out of {@code online/}: then the server cannot open parcels,
     *     and its receipts say {@code opened="no"}
     */
    public record Options(String host, Optional<BackendUrl> url, long maxSize, boolean identityOffline) {
        /** The largest parcel where nothing else is said: 4 GiB. */
        public static final long DEFAULT_MAX_SIZE = 4L << 30;

        /** @throws IllegalArgumentException if the size is not positive */
        public Options {
            if (maxSize < 1) {
                throw new IllegalArgumentException("the largest parcel has at least one byte");
            }
        }

        /** Everything by default. */
        public static Options of(String host) {
            return new Options(host, Optional.empty(), DEFAULT_MAX_SIZE, false);
        }
    }

    /**
     * What was made.
     *
     * @param anchor the one file that goes to senders and relays
     * @param recipient what parcels are sealed to
     * @param renewBy when the first of the certificates and the profile ends
     */
    public record Made(Path directory, BackendUrl url, Path anchor, String recipient, Instant renewBy) {}

    /**
     * Makes the directory.
     *
     * @throws BackendSetupException NOT_EMPTY if there is something in it; BAD_NAME for a host or URL that cannot be used
     */
    public static Made init(Path directory, Options options, InstantSource clock)
            throws IOException, BackendSetupException {
        BackendUrl url = url(options);
        requireEmpty(directory);
        Instant now = clock.instant();
        BackendDirectory files = new BackendDirectory(directory);
        DurableFiles.directory(directory, false);
        DurableFiles.directory(files.online(), true);
        DurableFiles.directory(files.offline(), true);
        DurableFiles.directory(files.data(), true);

        Issuer issuer = Issuer.create(url.host(), now);
        DurableFiles.write(files.offline().resolve("ca.key"), Pem.write(issuer.key()), true);
        DurableFiles.write(files.anchor(), Pem.write(List.of(issuer.anchor())), false);
        Credential publisher =
                write(files.offline().resolve("publisher.pem"), issuer.issue(Use.PUBLISHER, url.host(), now));
        Credential receipt = write(files.online().resolve("receipt.pem"), issuer.issue(Use.RECEIPT, url.host(), now));
        Credential tls = write(files.online().resolve("tls.pem"), issuer.issue(Use.TLS, url.host(), now));

        AgeKeys identity = AgeKeys.generate();
        byte[] text = identityText(identity, now);
        DurableFiles.write(files.offline().resolve("identity.txt"), text, true);
        if (!options.identityOffline()) {
            DurableFiles.write(files.online().resolve("identity.txt"), text, true);
        }
        DurableFiles.write(
                files.recipients(), (identity.recipient() + "\n").getBytes(StandardCharsets.US_ASCII), false);
        ProfileFile.Made profile = ProfileFile.sign(
                publisher, new ProfileFile.Terms(url, 1, identity.recipient(), options.maxSize()), now);
        DurableFiles.write(files.profile(), profile.cms(), false);

        Instant renewBy = earliest(List.of(publisher.notAfter(), receipt.notAfter(), tls.notAfter(), profile.ends()));
        DurableFiles.write(files.readme(), readme(url, renewBy), false);
        // Last, since without it nothing runs: what a crash leaves of a half-made directory is not taken for a backend.
        DurableFiles.write(
                files.properties(),
                BackendDirectory.settingsText(url, options.maxSize()).getBytes(StandardCharsets.UTF_8),
                false);
        return new Made(directory, url, files.anchor(), identity.recipient(), renewBy);
    }

    /** Writes the key before its certificate: a certificate without its key would stop the server. */
    static Credential write(Path file, Issued issued) throws IOException {
        List<X509Certificate> chain = List.of(issued.certificate());
        DurableFiles.write(Credential.keyFile(file), Pem.write(issued.key()), true);
        DurableFiles.write(file, Pem.write(chain), false);
        return new Credential(file, chain, issued.key());
    }

    /** An identity as {@code age-keygen} writes it. */
    static byte[] identityText(AgeKeys keys, Instant now) {
        return ("# created: " + now.truncatedTo(ChronoUnit.SECONDS) + "\n# public key: " + keys.recipient() + "\n"
                        + keys.identity() + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    static Instant earliest(List<Instant> times) {
        return times.stream().min(Instant::compareTo).orElseThrow();
    }

    private static BackendUrl url(Options options) throws BackendSetupException {
        BackendUrl url;
        try {
            url = options.url().isPresent()
                    ? options.url().get()
                    : BackendUrl.parse("https://" + options.host() + "/inbox");
        } catch (IllegalArgumentException e) {
            throw new BackendSetupException(Kind.BAD_NAME, "'" + options.host() + "' is not a host", e);
        }
        if (!url.host().equals(options.host())) {
            throw new BackendSetupException(
                    Kind.BAD_NAME, "the URL " + url + " is at another host than '" + options.host() + "'");
        }
        if (Issuer.ipv4(url.host()) && !Issuer.ipv4InRange(url.host())) {
            throw new BackendSetupException(Kind.BAD_NAME, "'" + options.host() + "' is not an IPv4 address");
        }
        return url;
    }

    private static void requireEmpty(Path directory) throws IOException, BackendSetupException {
        if (!Files.exists(directory)) {
            return;
        }
        if (!Files.isDirectory(directory)) {
            throw new BackendSetupException(Kind.NOT_EMPTY, directory + " is not a directory");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            if (entries.iterator().hasNext()) {
                throw new BackendSetupException(Kind.NOT_EMPTY, directory + " is not empty");
            }
        }
    }

    private static byte[] readme(BackendUrl url, Instant renewBy) throws IOException {
        try (InputStream in = Objects.requireNonNull(BackendInit.class.getResourceAsStream("README.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("{url}", url.toString())
                    .replace("{host}", url.host())
                    .replace(
                            "{renewBy}",
                            renewBy.atOffset(ZoneOffset.UTC).toLocalDate().toString())
                    .getBytes(StandardCharsets.UTF_8);
        }
    }
}
