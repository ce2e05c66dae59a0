package waybill.requester.byhand;

import java.nio.file.Path;
import waybill.protocol.BackendUrl;
import waybill.requester.Decision;

/** What became of one delivery that was found in a carried folder (section 9.2). Immutable. */
public sealed interface Imported {
    /** Its label's name. */
    CarriedName name();

    /** It was sent, and this is what came of it; the receipt or refusal is where it belongs. */
    record Ended(CarriedName name, Decision decision) implements Imported {}

    /**
     * It had an outcome that verifies, and was not sent again.
     *
     * @param outcome the file
     * @param receipt whether it is a receipt
     */
    record Before(CarriedName name, Path outcome, boolean receipt) implements Imported {}

    /** It is for another backend than the one named, and is left. */
    record Elsewhere(CarriedName name, BackendUrl backend) implements Imported {}

    /** It is not what its label says, or has none that can be read, and is left. */
    record Unfit(CarriedName name, Kind kind, String detail) implements Imported {}

    /** A file failed, or another process delivers it just now. */
    record Failed(CarriedName name, Exception cause) implements Imported {}

    /** What is wrong with one. */
    enum Kind {
        /** The label is none, or another delivery's. */
        BAD_LABEL,
        /** The parcel is missing or shorter than its label says: it may still be arriving. */
        INCOMPLETE,
        /** The parcel is no regular file, or has other bytes than its label says. */
        DAMAGED,
        /** The parcel is larger than the backend takes, and was not read. */
        TOO_LARGE
    }
}
