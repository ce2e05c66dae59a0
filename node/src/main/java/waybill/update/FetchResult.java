package waybill.update;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import waybill.protocol.FileUrl;

/**
 * What became of one file. Immutable.
 *
 * @param target where it belongs
 * @param bytes what is published of it, where that is known
 * @param detail what stood in the way, for people; empty where all is well
 */
public record FetchResult(FileUrl file, Path target, Outcome outcome, Optional<Published> bytes, String detail) {
    /** How it ended. */
    public enum Outcome {
        /** It was fetched and verified, and is in its place. */
        FETCHED,
        /** It was in its place already, byte for byte. */
        CURRENT,
        /** The backend itself says that it publishes no such file. */
        NOT_PUBLISHED,
        /** Nobody gave it in time; what came is kept for the next attempt. */
        NOT_HAD,
        /** Something was given, and none of it verified; nothing was written. */
        UNVERIFIED,
        /** It cannot be put in its place. */
        LOCAL
    }

    /**
     * What is published of a file.
     *
     * @param number of the publication that was seen
     */
    public record Published(Wanted wanted, long number, Instant published, Instant expires) {}

    /** Whether the file is in its place as published. */
    public boolean good() {
        return outcome == Outcome.FETCHED || outcome == Outcome.CURRENT;
    }
}
