package waybill.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import waybill.backend.BackendSetupException.Kind;
import waybill.backend.Issuer.Use;
import waybill.parcel.AgeKeys;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.store.DurableFiles;

/** {@code waybill backend renew}: the next receipt and TLS certificates and a new profile, beside those that are there. */
public final class BackendRenew {
    /** A publisher's certificate that would cut the new profile short by this much is replaced with it. */
    private static final Duration PUBLISHER_MUST_LAST = Duration.ofDays(397);

    private static final String CA_KEY = "ca.key";

    private BackendRenew() {}

    /**
     * What the operator chose.
     *
     * @param offline where {@code offline/} is now; in the backend's directory unless it was moved away, as it should be
     * @param newIdentity whether to make a further age identity, which the new profile names; the old ones still open
     */
    public record Options(Path offline, boolean newIdentity) {
        /** Everything by default. */
        public static Options of(Path directory) {
            return new Options(directory.resolve("offline"), false);
        }
    }

    /**
     * What was made.
     *
     * @param written the new files
     * @param serial of the new profile
     * @param renewBy when the first of the new certificates and the profile ends
     */
    public record Renewed(List<Path> written, long serial, Instant renewBy) {}

    /**
     * Makes them. A running server takes them up by itself within a minute. Where the publisher's key is at hand but
     * {@code ca.key} is not, as with a PKI of one's own, the profile alone is made.
     *
     * @throws BackendSetupException MISSING if neither is at hand; another kind if senders would not take the profile, and
     *     then nothing is replaced
     */
    public static Renewed renew(Path directory, Options options, InstantSource clock)
            throws IOException, BackendSetupException {
        BackendDirectory files = new BackendDirectory(directory);
        BackendDirectory.Settings settings = files.settings();
        BackendUrl url = settings.url();
        Instant now = clock.instant();
        if (!Files.isRegularFile(files.profile())) {
            throw new BackendSetupException(Kind.MISSING, files.profile() + " is missing");
        }
        Packet.Profile last =
                OwnPacket.unverified(files.profile(), Files.readAllBytes(files.profile()), Packet.Profile.class);
        List<Path> written = new ArrayList<>();
        List<Instant> ends = new ArrayList<>();

        Optional<Credential> kept = publisher(options.offline(), now);
        Credential publisher;
        if (kept.isPresent() && !Files.exists(options.offline().resolve(CA_KEY))) {
            publisher = kept.get();
        } else {
            Issuer issuer = issuer(files, options.offline(), now);
            publisher = kept.isPresent() && !kept.get().notAfter().isBefore(now.plus(PUBLISHER_MUST_LAST))
                    ? kept.get()
                    : next(issuer, Use.PUBLISHER, options.offline(), url, now, written);
            ends.add(
                    next(issuer, Use.RECEIPT, files.online(), url, now, written).notAfter());
            ends.add(next(issuer, Use.TLS, files.online(), url, now, written).notAfter());
        }
        String recipient =
                options.newIdentity() ? newIdentity(files, options.offline(), now, written) : last.recipient();

        // The profile last: it names a recipient only after the identity that opens it is on the disk.
        ProfileFile.Terms terms = new ProfileFile.Terms(url, last.serial() + 1, recipient, settings.maxSize());
        ProfileFile.Made profile = ProfileFile.sign(publisher, terms, now);
        Keys.check(publisher.file(), profile, url, Pem.certificates(files.anchor()), settings.allowRsa1024(), now);
        DurableFiles.write(files.profile(), profile.cms(), false);
        written.add(files.profile());
        ends.add(profile.ends());
        return new Renewed(List.copyOf(written), terms.serial(), BackendInit.earliest(ends));
    }

    /** The publisher's key that signs now, if it is at hand. */
    static Optional<Credential> publisher(Path offline, Instant now) throws IOException, BackendSetupException {
        return Credential.current(Credential.readAll(offline, Use.PUBLISHER.label()), now);
    }

    private static Issuer issuer(BackendDirectory files, Path offline, Instant now)
            throws IOException, BackendSetupException {
        Path keyFile = offline.resolve(CA_KEY);
        if (!Files.isRegularFile(keyFile)) {
            throw new BackendSetupException(
                    Kind.MISSING,
                    keyFile + " is missing: bring offline/ back for the renewal, or name where it is with --offline");
        }
        for (X509Certificate anchor : Pem.certificates(files.anchor())) {
            PrivateKey key = Pem.key(keyFile, anchor.getPublicKey());
            if (Credential.fits(key, anchor.getPublicKey())) {
                if (!now.isBefore(anchor.getNotAfter().toInstant())) {
                    throw new BackendSetupException(Kind.EXPIRED, "the root in " + files.anchor() + " has ended");
                }
                return new Issuer(anchor, key);
            }
        }
        throw new BackendSetupException(
                Kind.KEY_DOES_NOT_FIT, keyFile + " is the key of no certificate in " + files.anchor());
    }

    private static Credential next(
            Issuer issuer, Use use, Path directory, BackendUrl url, Instant now, List<Path> written)
            throws IOException {
        int number = 2;
        while (Files.exists(directory.resolve(use.label() + "-" + number + ".pem"))
                || Files.exists(directory.resolve(use.label() + "-" + number + ".key"))) {
            number++;
        }
        Path file = directory.resolve(use.label() + "-" + number + ".pem");
        Credential made = BackendInit.write(file, issuer.issue(use, url.host(), now));
        written.add(Credential.keyFile(file));
        written.add(file);
        return made;
    }

    private static String newIdentity(BackendDirectory files, Path offline, Instant now, List<Path> written)
            throws IOException {
        AgeKeys keys = AgeKeys.generate();
        byte[] text = BackendInit.identityText(keys, now);
        boolean online = holdsIdentity(files.online());
        int number = 2;
        String name = "identity-2.txt";
        while (Files.exists(offline.resolve(name))
                || Files.exists(files.online().resolve(name))) {
            number++;
            name = "identity-" + number + ".txt";
        }
        DurableFiles.write(offline.resolve(name), text, true);
        written.add(offline.resolve(name));
        if (online) {
            DurableFiles.write(files.online().resolve(name), text, true);
            written.add(files.online().resolve(name));
        }
        String before = Files.isRegularFile(files.recipients()) ? Files.readString(files.recipients()) : "";
        DurableFiles.write(
                files.recipients(),
                (before.stripTrailing() + "\n" + keys.recipient() + "\n")
                        .stripLeading()
                        .getBytes(StandardCharsets.UTF_8),
                false);
        written.add(files.recipients());
        return keys.recipient();
    }

    private static boolean holdsIdentity(Path online) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(online, "identity*.txt")) {
            return found.iterator().hasNext();
        }
    }
}
