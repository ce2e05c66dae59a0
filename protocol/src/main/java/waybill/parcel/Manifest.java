package waybill.parcel;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Pattern;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * {@code waybill.xml}, the XML file that comes with every delivery (claims 23, 25; section 4). Immutable.
 * {@link ManifestXml} reads and writes it.
 *
 * @param id the task
 * @param sender what the sender calls itself, display data only, at most 200 characters, no control characters
 * @param salt 128 random bits as 32 lower-case hexadecimal digits, so that the digest of the file tells nobody what was
 *     sent
 * @param created when it was sealed, in whole seconds
 * @param files what is inside, in the order of the tar, 1 to {@value #MAX_FILES}, no two of the same name and none with
 *     another one's folder for a name
 */
public record Manifest(TaskId id, String sender, String salt, Instant created, List<Item> files) {
    /** The most files of a parcel. */
    public static final int MAX_FILES = 10_000;
    /** The longest name of a sender in characters. */
    public static final int MAX_SENDER = 200;

    /** Years of four digits, so that every time has one way to write it. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
    private static final Pattern SALT = Pattern.compile("[0-9a-f]{32}");

    /**
     * One regular file.
     *
     * @param name relative, with {@code /} between its parts, without the leading {@code files/}; no empty, {@code .} or
     *     {@code ..} part, no backslash, no control characters; at most 1,024 bytes of UTF-8, 255 a part
     * @param size in bytes
     * @param modified the file's own time, in whole seconds
     */
    public record Item(String name, long size, Sha256 sha256, Instant modified) {
        /** @throws IllegalArgumentException for a name or size out of its range; the time is cut to its second */
        public Item {
            Names.check(name);
            if (size < 0) {
                throw new IllegalArgumentException("a size is not negative");
            }
            modified = wholeSeconds(modified);
        }
    }

    /** @throws IllegalArgumentException for a value out of its range; the time is cut to its second, the list copied */
    public Manifest {
        files = List.copyOf(files);
        created = wholeSeconds(created);
        if (sender.length() > MAX_SENDER) {
            throw new IllegalArgumentException("a sender's name has at most " + MAX_SENDER + " characters");
        }
        Names.checkText(sender);
        if (!SALT.matcher(salt).matches()) {
            throw new IllegalArgumentException("a salt is 32 hexadecimal digits in lower case");
        }
        if (files.isEmpty() || files.size() > MAX_FILES) {
            throw new IllegalArgumentException("a parcel has 1 to " + MAX_FILES + " files");
        }
        Names.Together together = new Names.Together();
        files.forEach(file -> together.add(file.name()));
    }

    /** The second this time lies in, as near as a year of four digits comes to it. */
    static Instant wholeSeconds(Instant time) {
        if (time.isBefore(EARLIEST)) {
            return EARLIEST;
        }
        return time.isAfter(LATEST) ? LATEST : time.truncatedTo(ChronoUnit.SECONDS);
    }
}
