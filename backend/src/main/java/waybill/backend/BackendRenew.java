package waybill.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** {@code waybill backend renew}: the next receipt and TLS certificates and a new profile, beside those that are there. */
public final class BackendRenew {
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
     * Makes them. A running server takes them up by itself within the hour.
     *
     * @throws BackendSetupException MISSING if {@code ca.key} or the publisher's key is not at hand
     */
    public static Renewed renew(Path directory, Options options, InstantSource clock)
            throws IOException, BackendSetupException {
        throw new IOException(directory + " " + options + " " + clock.instant());
    }
}
