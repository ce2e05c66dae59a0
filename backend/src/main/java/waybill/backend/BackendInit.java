package waybill.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import waybill.protocol.BackendUrl;

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
        throw new IOException(directory + " " + options + " " + clock.instant());
    }
}
