package waybill.protocol;

import java.util.Optional;

/**
 * What makes two uploads the same delivery: the task's ID and the SHA-256 of the bytes sent (section 3). Other bytes
 * under an ID are another delivery, so nobody can take an ID from anybody.
 *
 * <p>{@code contents}, the SHA-256 of the parcel's {@code waybill.xml}, is a claim that travels along. It is part of the
 * key because a hop can lie about it: whoever sends the right bytes with a wrong claim makes another delivery and spoils
 * nothing for the true one.
 */
public record DeliveryKey(TaskId id, Sha256 sha256, Optional<Sha256> contents) {
    /** The longest name in characters. */
    public static final int MAX_LENGTH = 36 + 1 + 64 + 1 + 64;

    /** A delivery whose sender said nothing of its contents. */
    public static DeliveryKey of(TaskId id, Sha256 sha256) {
        return new DeliveryKey(id, sha256, Optional.empty());
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static DeliveryKey parse(String name) {
        if (name.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a delivery's name has at most " + MAX_LENGTH + " characters");
        }
        String[] parts = name.split("\\.", -1);
        return switch (parts.length) {
            case 2 -> of(TaskId.parse(parts[0]), new Sha256(parts[1]));
            case 3 -> of(TaskId.parse(parts[0]), new Sha256(parts[1])).withContents(new Sha256(parts[2]));
            default -> throw new IllegalArgumentException("a delivery's name is ID.SHA256 or ID.SHA256.CONTENTS");
        };
    }

    /** The same bytes under the same ID with this claim. */
    public DeliveryKey withContents(Sha256 value) {
        return new DeliveryKey(id, sha256, Optional.of(value));
    }

    /** A name for logs and files: {@code ID.SHA256} and, where claimed, {@code .CONTENTS}; safe as a file name. */
    @Override
    public String toString() {
        return id + "." + sha256 + contents.map(c -> "." + c).orElse("");
    }
}
