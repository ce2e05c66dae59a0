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

    /** A delivery whose sender said nothing of its contents. */
    public static DeliveryKey of(TaskId id, Sha256 sha256) {
        return new DeliveryKey(id, sha256, Optional.empty());
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
