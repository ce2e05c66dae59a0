package waybill.protocol;

import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The identity of a task: a UUID of version 7 (RFC 9562, section 5.7), always written in lower case.
 *
 * <p>Immutable and safe for use by several threads. See section 1 of the specification.
 */
public record TaskId(UUID value) implements Comparable<TaskId> {
    private static final Pattern TEXT =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

    /** @throws IllegalArgumentException if the UUID is not of version 7 and the RFC's variant */
    public TaskId {
        if (value.version() != 7 || value.variant() != 2) {
            throw new IllegalArgumentException("a task ID is a UUID of version 7");
        }
    }

    /**
     * Reads the 36 characters of a task ID.
     *
     * @throws IllegalArgumentException if the text is anything else, upper case included
     */
    public static TaskId parse(String text) {
        if (text.length() != 36 || !TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException("a task ID is a UUID of version 7 in lower case");
        }
        return new TaskId(UUID.fromString(text));
    }

    /** Makes a fresh ID: the time to a millisecond, then 74 random bits. */
    public static TaskId fresh(InstantSource clock, RandomGenerator random) {
        long time = clock.instant().toEpochMilli() & 0xffff_ffff_ffffL;
        long high = (time << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new TaskId(new UUID(high, low));
    }

    @Override
    public int compareTo(TaskId other) {
        return toString().compareTo(other.toString());
    }

    /** The canonical text, 36 characters in lower case. */
    @Override
    public String toString() {
        return value.toString();
    }
}
