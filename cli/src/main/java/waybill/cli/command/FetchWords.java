package waybill.cli.command;

import java.util.LinkedHashMap;
import java.util.Map;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.update.FetchResult;
import waybill.update.FetchResult.Outcome;

/** What became of files, in the words of the commands that fetch. Pure functions. */
final class FetchWords {
    private FetchWords() {}

    static Map<String, Object> json(FetchResult result) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("outcome", word(result.outcome()));
        object.put("url", result.file().toString());
        object.put("file", result.target().toString());
        result.bytes().ifPresent(bytes -> {
            object.put("size", bytes.wanted().size());
            object.put("sha256", bytes.wanted().sha256().hex());
            object.put("release", bytes.number());
            object.put("published", bytes.published().toString());
            object.put("expires", bytes.expires().toString());
        });
        return object;
    }

    static String describe(FetchResult result) {
        return switch (result.outcome()) {
            case FETCHED -> result.target() + ": " + size(result) + ", verified, of " + published(result);
            case CURRENT -> result.target() + ": as published on " + published(result) + "; nothing to fetch";
            case NOT_PUBLISHED -> result.file() + " is not published";
            case NOT_HAD -> result.file() + " was not to be had in time";
            case UNVERIFIED -> result.file() + " was given, and does not verify";
            case LOCAL -> result.target() + " cannot be written";
        };
    }

    private static String size(FetchResult result) {
        return result.bytes().map(bytes -> Text.bytes(bytes.wanted().size())).orElse("");
    }

    private static String published(FetchResult result) {
        return result.bytes().map(bytes -> bytes.published().toString()).orElse("");
    }

    /** Why it is not known what is published. */
    static String noCatalogue(Outcome outcome) {
        return switch (outcome) {
            case NOT_PUBLISHED -> "nothing is published there";
            case UNVERIFIED -> "a list of what is published was given, and does not verify";
            default -> "no list of what is published was to be had in time";
        };
    }

    static String word(Outcome outcome) {
        return switch (outcome) {
            case FETCHED -> "fetched";
            case CURRENT -> "current";
            case NOT_PUBLISHED -> "refused";
            case NOT_HAD -> "expired";
            case UNVERIFIED -> "unverified";
            case LOCAL -> "error";
        };
    }

    static int code(Outcome outcome) {
        return switch (outcome) {
            case FETCHED, CURRENT -> ExitCode.OK;
            case NOT_PUBLISHED -> ExitCode.REFUSED;
            case NOT_HAD -> ExitCode.EXPIRED;
            case UNVERIFIED -> ExitCode.NOT_VERIFIED;
            case LOCAL -> ExitCode.LOCAL_IO;
        };
    }

    static String hint(Outcome outcome) {
        return switch (outcome) {
            case FETCHED, CURRENT -> "";
            case NOT_PUBLISHED -> "is the URL right? The backend's operator publishes with 'waybill publish'";
            case NOT_HAD ->
                "is the URL right, --trust the backend's anchor, and a relay of it here, or a route to it? What came is kept;"
                        + " fetch again";
            case UNVERIFIED -> "is --trust the anchor of this very backend, and this machine's clock right?";
            case LOCAL -> "check the directory, its permissions, and the room on the disk (--cache-free)";
        };
    }
}
