package waybill.parcel;

import java.time.Instant;
import java.util.List;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * {@code waybill.xml}, the XML file that comes with every delivery (claims 23, 25; section 4). Immutable.
 *
 * @param id the task
 * @param sender what the sender calls itself, display data only, at most 200 characters
 * @param salt 128 random bits in hexadecimal, so that the digest of the file tells nobody what was sent
 * @param created when it was sealed
 * @param files what is inside, in the order of the tar, at least one
 */
public record Manifest(TaskId id, String sender, String salt, Instant created, List<Item> files) {
    /** The most files of a parcel. */
    public static final int MAX_FILES = 10_000;

    /**
     * One regular file.
     *
     * @param name relative, with {@code /} between its parts, without the leading {@code files/}
     * @param size in bytes
     * @param modified the file's own time
     */
    public record Item(String name, long size, Sha256 sha256, Instant modified) {}

    /** Takes a copy of the list. */
    public Manifest {
        files = List.copyOf(files);
    }
}
