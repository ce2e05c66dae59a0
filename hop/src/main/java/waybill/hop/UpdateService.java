package waybill.hop;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileName;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/**
 * What a hop gives of updates (section 10): a backend what it publishes, a relay what it fetched and verified. Called by
 * many virtual threads at once. What it does not have is {@link waybill.protocol.Problem#NOT_FOUND}.
 */
public interface UpdateService {
    /** Whose updates; a call that names another backend is {@code not-found} and never comes here. */
    BackendUrl backend();

    /** The signed catalogue, CMS in DER. */
    byte[] catalogue() throws ProblemException, IOException, InterruptedException;

    /** The signed release of a file, CMS in DER. */
    byte[] release(FileName name) throws ProblemException, IOException, InterruptedException;

    /** Which bytes the release of a file names, for those who ask by name and have no use for a signature. */
    Named named(FileName name) throws ProblemException, IOException, InterruptedException;

    /** Bytes by their digest; only such as a release or catalogue of the last two publications names. The caller closes it. */
    Content content(Sha256 digest) throws ProblemException, IOException, InterruptedException;

    /**
     * A copy of what another origin gives at a path, which no release vouches for (section 10.10); the caller closes it.
     *
     * @param origin the digest of its URL
     * @param agent what the client calls itself, at most 200 printable characters; empty where it says nothing
     */
    default GivenFile copy(Sha256 origin, OriginPath path, String agent)
            throws ProblemException, IOException, InterruptedException {
        throw new ProblemException(Problem.NOT_FOUND, "no such origin here");
    }

    /**
     * The bytes of a file, as its release says.
     *
     * @param published when they were first published under this name
     */
    record Named(Sha256 sha256, Instant published) {}

    /** Bytes that are here, or are arriving. They stay what they are until it is closed, whatever is published. */
    interface Content extends Closeable {
        /** Bytes in all. */
        long size();

        /**
         * The bytes from an offset on; reading may wait for such as are still arriving. The caller closes it.
         *
         * @param from 0 to the size
         * @param length at most what is left from there
         */
        InputStream open(long from, long length) throws ProblemException, IOException, InterruptedException;
    }
}
