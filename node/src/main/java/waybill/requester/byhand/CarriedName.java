package waybill.requester.byhand;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * The name of a file in a folder that is carried (section 9.1): {@code ID.SHA256.KIND}, made and matched in this one form
 * alone. In order of the tasks' IDs, which begin with the time. Immutable.
 */
public record CarriedName(TaskId id, Sha256 sha256, Kind kind) implements Comparable<CarriedName> {
    /** Characters of every name but for its kind. */
    private static final int STEM = 36 + 1 + 64;

    /** What such a file holds. */
    public enum Kind {
        /** The sealed bytes. */
        PARCEL,
        /** What is said of them. */
        LABEL,
        /** That the backend has them. */
        RECEIPT,
        /** That it will not have them. */
        REFUSAL;

        private String ending() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The label's name of this delivery. */
    static CarriedName of(Packet.Label label) {
        return new CarriedName(label.id(), label.sha256(), Kind.LABEL);
    }

    /** The name of another file of the same delivery. */
    CarriedName as(Kind other) {
        return new CarriedName(id, sha256, other);
    }

    /** The name without its kind: what is written beside the delivery begins with it. */
    String stem() {
        return id + "." + sha256;
    }

    /** Reads a name; empty for every other text. */
    static Optional<CarriedName> parse(String name) {
        if (name.length() < STEM + 2 || name.charAt(36) != '.' || name.charAt(STEM) != '.') {
            return Optional.empty();
        }
        for (Kind kind : Kind.values()) {
            if (name.substring(STEM + 1).equals(kind.ending())) {
                try {
                    return Optional.of(new CarriedName(
                            TaskId.parse(name.substring(0, 36)), new Sha256(name.substring(37, STEM)), kind));
                } catch (IllegalArgumentException _) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public int compareTo(CarriedName other) {
        return Comparator.comparing(CarriedName::id)
                .thenComparing(CarriedName::sha256)
                .thenComparing(CarriedName::kind)
                .compare(this, other);
    }

    /** The name. */
    @Override
    public String toString() {
        return stem() + "." + kind.ending();
    }
}
