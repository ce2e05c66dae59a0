package waybill.parcel;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ReadableByteChannel;
import java.time.Instant;
import java.util.List;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * Seals and opens parcels: {@code age( tar( files/..., waybill.xml ) )}, readable with {@code age -d | tar x} alone
 * (section 4). Works on streams with flat memory, touches no files. Safe for use by several threads.
 */
public final class Parcel {
    private Parcel() {}

    /** A file to be sealed; it is opened once and must give exactly {@code size} bytes. */
    public interface Source {
        /** Relative name with {@code /} between its parts. */
        String name();

        /** Bytes. */
        long size();

        /** The file's own time. */
        Instant modified();

        /** Opens it for the one reading. */
        InputStream open() throws IOException;
    }

    /** Takes the files of an opened parcel; names were checked to be relative, without {@code ..} or control characters. */
    public interface Sink {
        /** Where this file goes; closed by the caller. */
        OutputStream file(String name, long size, Instant modified) throws IOException;
    }

    /**
     * What was sealed or opened.
     *
     * @param manifest the parsed {@code waybill.xml}
     * @param xml its exact bytes
     * @param contents the SHA-256 of those bytes
     */
    public record Summary(Manifest manifest, byte[] xml, Sha256 contents) {
        /** What this {@code waybill.xml} says; the digest is taken here. */
        static Summary of(Manifest manifest, byte[] xml) {
            return new Summary(manifest, xml, Sha256.of(xml));
        }
    }

    /**
     * Seals files to a recipient.
     *
     * @param recipient {@code age1...} (X25519)
     * @param salt 16 random bytes
     * @param out takes the sealed bytes; left open
     * @throws ParcelFault BAD_KEY for a recipient that is none; NOT_A_PARCEL for a name, a sender or a number of files
     *     that cannot be sealed, before anything is written; CONTENTS_DIFFER for a source that gave other than its size
     * @throws IOException if a source or {@code out} fails. What was written then is no parcel, and does not open
     */
    public static Summary seal(
            TaskId id,
            String sender,
            byte[] salt,
            Instant created,
            List<? extends Source> files,
            String recipient,
            OutputStream out)
            throws IOException, ParcelFault {
        return new Sealing(id, sender, salt, created, files).to(recipient, out);
    }

    /**
     * Opens a parcel and checks every file against {@code waybill.xml}. What the sink was given counts only once this
     * returned.
     *
     * @param sealed read to its end, left open
     * @param identities {@code AGE-SECRET-KEY-1...}, tried in turn
     * @throws ParcelFault with what is wrong with the parcel; BAD_KEY for an identity that is none
     * @throws IOException if {@code sealed} or the sink fails
     */
    public static Summary open(ReadableByteChannel sealed, List<String> identities, Sink sink)
            throws IOException, ParcelFault {
        return new Opening(sealed, identities).into(sink);
    }
}
