package waybill.backend;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import waybill.backend.BackendSetupException.Kind;
import waybill.backend.Issuer.Use;
import waybill.parcel.AgeKeys;
import waybill.parcel.ParcelFault;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;

/**
 * What lay in {@code online/} and {@code anchor.pem} at one moment, checked with the very code that senders check with.
 * Immutable.
 *
 * @param receipts every receipt certificate that has not ended
 * @param tls every TLS certificate; none behind a proxy
 * @param crls sent along in every receipt
 * @param identities what opens parcels; none if it is kept elsewhere
 * @param recipients whose parcels are taken
 * @param profile the signed profile
 * @param terms what it says
 */
record Keys(
        List<X509Certificate> anchors,
        List<Credential> receipts,
        List<Credential> tls,
        List<X509CRL> crls,
        List<AgeKeys> identities,
        Set<String> recipients,
        byte[] profile,
        Packet.Profile terms) {
    private static final Duration WARN_AHEAD = Duration.ofDays(30);

    /** Reads and checks everything. */
    static Keys load(BackendDirectory files, BackendUrl url, boolean withTls, boolean allowRsa1024, Instant now)
            throws IOException, BackendSetupException {
        List<X509Certificate> anchors = Pem.certificates(files.anchor());
        TrustPolicy policy = new TrustPolicy(anchors, allowRsa1024, Duration.ZERO);
        List<X509CRL> crls = crls(files);
        List<Credential> receipts = usable(files.online(), Use.RECEIPT, now);
        for (Credential credential : receipts) {
            tryOut(credential, crls, url, policy, now);
        }
        List<Credential> tls = withTls ? usable(files.online(), Use.TLS, now) : List.of();
        for (Credential credential : tls) {
            if (!names(credential.leaf(), url.host())) {
                throw new BackendSetupException(
                        Kind.WRONG_NAME, credential.file() + " is not for the host " + url.host());
            }
        }
        if (!Files.isRegularFile(files.profile())) {
            throw new BackendSetupException(Kind.MISSING, files.profile() + " is missing");
        }
        byte[] profile = Files.readAllBytes(files.profile());
        Packet.Profile terms = profile(files.profile(), profile, url, policy, now);
        List<AgeKeys> identities = identities(files);
        if (!identities.isEmpty()
                && identities.stream().noneMatch(i -> i.recipient().equals(terms.recipient()))) {
            throw new BackendSetupException(
                    Kind.UNUSABLE,
                    "the profile names the recipient " + terms.recipient() + ", but no identity in " + files.online()
                            + " opens it: add that identity, or take the others away to store parcels unopened");
        }
        Set<String> recipients = recipients(files);
        identities.forEach(i -> recipients.add(i.recipient()));
        recipients.add(terms.recipient());
        return new Keys(anchors, receipts, tls, List.copyOf(crls), identities, Set.copyOf(recipients), profile, terms);
    }

    /** The revocation lists that go along in what is signed. */
    static List<X509CRL> crls(BackendDirectory files) throws IOException, BackendSetupException {
        List<X509CRL> crls = new ArrayList<>();
        if (Files.isDirectory(files.online())) {
            for (Path file : list(files.online(), "*.crl")) {
                crls.addAll(Pem.crls(file));
            }
        }
        return crls;
    }

    /** What ends within 30 days and has no successor yet, for the log; nothing if all is well. */
    List<String> warnings(Instant now) {
        List<String> found = new ArrayList<>();
        warn(found, "the receipt certificate", last(receipts), now);
        if (!tls.isEmpty()) {
            warn(found, "the TLS certificate", last(tls), now);
        }
        warn(found, "the profile", terms.expires(), now);
        warn(
                found,
                "the root certificate",
                anchors.stream()
                        .map(a -> a.getNotAfter().toInstant())
                        .max(Comparator.naturalOrder())
                        .orElse(now),
                now);
        return found;
    }

    private static void warn(List<String> found, String what, Instant ends, Instant now) {
        if (!ends.isAfter(now)) {
            found.add(what + " has ended on " + ends);
        } else if (!ends.isAfter(now.plus(WARN_AHEAD))) {
            found.add(what + " ends on " + ends + ", in "
                    + Duration.between(now, ends).toDays() + " days");
        }
    }

    private static Instant last(Collection<Credential> all) {
        return all.stream()
                .map(Credential::notAfter)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Those that have not ended; one of them must be valid now. */
    private static List<Credential> usable(Path online, Use use, Instant now)
            throws IOException, BackendSetupException {
        List<Credential> all = Credential.readAll(online, use.label());
        if (all.isEmpty()) {
            throw new BackendSetupException(Kind.MISSING, online.resolve(use.label() + ".pem") + " is missing");
        }
        if (Credential.current(all, now).isEmpty()) {
            throw new BackendSetupException(
                    Kind.EXPIRED, "no certificate " + online.resolve(use.label() + "*.pem") + " is valid now");
        }
        return all.stream().filter(c -> !c.notAfter().isBefore(now)).toList();
    }

    /** Signs a receipt for nothing and verifies it as a sender would, on the first day the certificate counts. */
    private static void tryOut(
            Credential credential, List<X509CRL> crls, BackendUrl url, TrustPolicy policy, Instant now)
            throws IOException, BackendSetupException {
        Instant start = credential.notBefore();
        Instant time = (start.isAfter(now) ? start : now).truncatedTo(ChronoUnit.SECONDS);
        InstantSource clock = InstantSource.fixed(time);
        DeliveryKey key = DeliveryKey.of(TaskId.fresh(clock, new SecureRandom()), Sha256.of(new byte[0]));
        Packet probe =
                new Packet.Receipt(key.id(), url, 0, key.sha256(), Optional.empty(), false, Optional.empty(), time);
        try {
            new SignedPackets(policy, clock).outcome(CmsSigner.sign(probe, time, credential, crls), url, key, 0);
        } catch (SignatureFault e) {
            throw refused(credential.file(), e);
        }
    }

    /**
     * Verifies a new profile as a sender would.
     *
     * @throws BackendSetupException that names this file, the certificate it was signed with
     */
    static void check(
            Path publisher,
            ProfileFile.Made profile,
            BackendUrl url,
            List<X509Certificate> anchors,
            boolean allowRsa1024,
            Instant now)
            throws BackendSetupException {
        try {
            new SignedPackets(new TrustPolicy(anchors, allowRsa1024, Duration.ZERO), InstantSource.fixed(now))
                    .profile(profile.cms(), url);
        } catch (SignatureFault e) {
            throw refused(publisher, e);
        }
    }

    private static Packet.Profile profile(Path file, byte[] cms, BackendUrl url, TrustPolicy policy, Instant now)
            throws BackendSetupException {
        try {
            return new SignedPackets(policy, InstantSource.fixed(now))
                    .profile(cms, url)
                    .packet();
        } catch (SignatureFault e) {
            if (e.kind() == SignatureFault.Kind.EXPIRED) {
                // Nobody seals to an old profile, but what was sealed before still comes: serve on, and warn.
                return OwnPacket.unverified(file, cms, Packet.Profile.class);
            }
            throw refused(file, e);
        }
    }

    /** What is wrong with the key or certificate that signed something which those whom it is for would refuse. */
    static BackendSetupException refused(Path file, SignatureFault fault) {
        Kind kind =
                switch (fault.kind()) {
                    case ALGORITHM_NOT_ALLOWED -> Kind.ALGORITHM_NOT_ALLOWED;
                    case BAD_SIGNATURE -> Kind.KEY_DOES_NOT_FIT;
                    case UNKNOWN_CHAIN -> Kind.UNKNOWN_CHAIN;
                    case EXPIRED -> Kind.EXPIRED;
                    case WRONG_NAME -> Kind.WRONG_NAME;
                    case WRONG_ROLE -> Kind.WRONG_ROLE;
                    case MALFORMED, REVOKED, UNKNOWN_PACKET, WRONG_DELIVERY, BEYOND_SKEW -> Kind.UNUSABLE;
                };
        return new BackendSetupException(kind, file + ": nobody would take what it signed: " + fault.detail(), fault);
    }

    private static List<AgeKeys> identities(BackendDirectory files) throws IOException, BackendSetupException {
        List<AgeKeys> all = new ArrayList<>();
        for (Path file : list(files.online(), "identity*.txt")) {
            try {
                all.addAll(AgeKeys.parseAll(Files.readString(file)));
            } catch (ParcelFault e) {
                throw new BackendSetupException(Kind.UNREADABLE, file + ": " + e.getMessage(), e);
            }
        }
        return List.copyOf(all);
    }

    private static Set<String> recipients(BackendDirectory files) throws IOException, BackendSetupException {
        Set<String> all = new LinkedHashSet<>();
        if (Files.isRegularFile(files.recipients())) {
            for (String line : Files.readAllLines(files.recipients())) {
                String text = line.strip();
                if (text.isEmpty() || text.startsWith("#")) {
                    continue;
                }
                if (!Packet.isRecipient(text)) {
                    throw new BackendSetupException(
                            Kind.UNREADABLE, files.recipients() + " has a line that is no age recipient");
                }
                all.add(text);
            }
        }
        return all;
    }

    private static List<Path> list(Path directory, String glob) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
            found.forEach(files::add);
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }

    /** Whether a server certificate is for this host: by its alternative names, one wildcard label allowed (RFC 9525). */
    static boolean names(X509Certificate leaf, String host) throws BackendSetupException {
        try {
            Collection<List<?>> names = leaf.getSubjectAlternativeNames();
            if (names == null) {
                return false;
            }
            for (List<?> name : names) {
                boolean dns = name.get(0).equals(2);
                boolean address = name.get(0).equals(7);
                String text = String.valueOf(name.get(1));
                if ((dns || address) && text.equalsIgnoreCase(host)) {
                    return true;
                }
                int dot = host.indexOf('.');
                if (dns && !Issuer.ipv4(host) && dot > 0 && text.equalsIgnoreCase("*" + host.substring(dot))) {
                    return true;
                }
            }
            return false;
        } catch (CertificateParsingException e) {
            throw new BackendSetupException(Kind.UNREADABLE, "a certificate's alternative names", e);
        }
    }
}
