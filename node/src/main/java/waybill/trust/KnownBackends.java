package waybill.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;

/**
 * What a sender learned of backends, kept as {@code backends.json}: whether anything of one ever verified under a set of
 * anchors, which turns an unknown chain from a doubt into a proof (section 5), the highest serial of its profile, below
 * which none is taken, and the profile itself, as bytes that are verified anew at every use.
 *
 * <p>Other anchors make another backend: what was learned under the old ones says nothing. Bounded. Safe for use by several
 * threads and processes.
 */
public final class KnownBackends {
    /** The most backends remembered; the one longest unchanged goes first. */
    public static final int MAX_BACKENDS = 100;

    private static final String VERIFIED = "verified";
    private static final String SERIAL = "serial";
    private static final String PROFILE = "profile";

    private final StateFile file;

    private KnownBackends(Path directory) {
        this.file = new StateFile(directory.resolve("backends.json"));
    }

    /** Opens or makes the memory in this directory. */
    public static KnownBackends open(Path directory) throws IOException {
        DurableFiles.directory(directory, true);
        return new KnownBackends(directory);
    }

    /** Whether anything of this backend ever verified under these anchors. */
    public boolean verified(BackendUrl backend, List<X509Certificate> anchors) throws IOException {
        return entry(backend, anchors).path(VERIFIED).asBoolean();
    }

    /** Something verified. */
    public void noteVerified(BackendUrl backend, List<X509Certificate> anchors) throws IOException {
        if (!verified(backend, anchors)) {
            file.change(json -> slot(json, key(backend, anchors)).put(VERIFIED, true));
        }
    }

    /** The profile kept, CMS in DER, not verified. */
    public Optional<byte[]> profile(BackendUrl backend, List<X509Certificate> anchors) throws IOException {
        JsonNode kept = entry(backend, anchors).path(PROFILE);
        try {
            return kept.isTextual() ? Optional.of(Base64.getDecoder().decode(kept.asText())) : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /**
     * Keeps a profile that verified, unless one of a higher serial was ever seen.
     *
     * @return false if so
     */
    public boolean keepProfile(BackendUrl backend, List<X509Certificate> anchors, long serial, byte[] cms)
            throws IOException {
        return file.change(json -> {
            ObjectNode slot = slot(json, key(backend, anchors)).put(VERIFIED, true);
            if (serial < slot.path(SERIAL).asLong(Long.MIN_VALUE)) {
                return false;
            }
            slot.put(SERIAL, serial).put(PROFILE, Base64.getEncoder().encodeToString(cms));
            return true;
        });
    }

    /** Forgets the profile kept, so that the next is fetched; its serial still counts. */
    public void forgetProfile(BackendUrl backend, List<X509Certificate> anchors) throws IOException {
        file.change(json -> slot(json, key(backend, anchors)).remove(PROFILE));
    }

    private JsonNode entry(BackendUrl backend, List<X509Certificate> anchors) throws IOException {
        return file.read().path("backends").path(key(backend, anchors));
    }

    /** The place of a backend, moved to the end; beyond the bound the first goes. */
    private static ObjectNode slot(ObjectNode json, String key) {
        ObjectNode all = StateFile.object(json, "backends");
        ObjectNode slot = StateFile.object(all, key);
        all.remove(key);
        all.set(key, slot);
        Iterator<String> names = all.fieldNames();
        for (int extra = all.size() - MAX_BACKENDS; extra > 0; extra--) {
            names.next();
            names.remove();
        }
        return slot;
    }

    /** One backend under one set of anchors. */
    static String key(BackendUrl backend, List<X509Certificate> anchors) {
        String set = anchors.stream()
                .map(KnownBackends::fingerprint)
                .distinct()
                .sorted()
                .reduce("", String::concat);
        return backend + " " + Sha256.of(set.getBytes(StandardCharsets.US_ASCII));
    }

    private static String fingerprint(X509Certificate anchor) {
        try {
            return Sha256.of(anchor.getEncoded()).hex();
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("an anchor that cannot be encoded", e);
        }
    }
}
