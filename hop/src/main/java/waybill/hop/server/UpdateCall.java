package waybill.hop.server;

import java.util.ArrayList;
import java.util.List;
import waybill.protocol.FileName;
import waybill.protocol.OriginPath;
import waybill.protocol.Sha256;

/**
 * What a request asks of updates (section 10.4), read from its raw path as {@link HopCall} does. A name and a base may both
 * hold a segment {@code releases}, so a path can be read in several ways; which one is meant only the mounts know.
 */
sealed interface UpdateCall {
    /** Divides a base from an origin's digest. */
    String ORIGINS = "/origins/";

    /** The methods that each of them has. */
    String ALLOW = "GET, HEAD";

    /** What stands before: the alias or the path of the backend's URL. */
    String base();

    /** {@code {base}/catalogue}. */
    record Catalogue(String base) implements UpdateCall {}

    /** {@code {base}/releases/NAME}. */
    record Release(String base, FileName name) implements UpdateCall {}

    /** {@code {base}/content/SHA256}. */
    record Content(String base, Sha256 digest) implements UpdateCall {}

    /** {@code {base}/files/NAME}. */
    record Named(String base, FileName name) implements UpdateCall {}

    /** {@code {base}/origins/KEY/PATH} (section 10.10). */
    record Copy(String base, Sha256 origin, OriginPath path) implements UpdateCall {}

    /** All that a path can mean; nothing where it is none of these calls. */
    static List<UpdateCall> readings(String path) {
        List<UpdateCall> readings = new ArrayList<>();
        copy(path, readings);
        if (!HopCall.isPlain(path)) {
            return readings;
        }
        int last = path.lastIndexOf('/');
        if (path.endsWith("/catalogue")) {
            readings.add(new Catalogue(path.substring(0, last)));
        }
        String before = path.substring(0, last);
        if (before.endsWith("/content")) {
            try {
                Sha256 digest = new Sha256(path.substring(last + 1));
                readings.add(new Content(before.substring(0, before.length() - "/content".length()), digest));
            } catch (IllegalArgumentException e) {
                // No digest, so no content.
            }
        }
        // The first segment 'files' divides (section 10.1).
        named(path, path.indexOf("/files/"), "/files/", readings);
        for (int at = path.indexOf("/releases/"); at >= 0; at = path.indexOf("/releases/", at + 1)) {
            named(path, at, "/releases/", readings);
        }
        return readings;
    }

    /** Its path may have more characters than others. */
    private static void copy(String path, List<UpdateCall> readings) {
        int at = path.indexOf(ORIGINS);
        int slash = path.indexOf('/', at + ORIGINS.length());
        if (at < 0 || slash < 0 || (at > 0 && !HopCall.isPlain(path.substring(0, at)))) {
            return;
        }
        try {
            Sha256 origin = new Sha256(path.substring(at + ORIGINS.length(), slash));
            readings.add(new Copy(path.substring(0, at), origin, new OriginPath(path.substring(slash + 1))));
        } catch (IllegalArgumentException e) {
            // No digest or no path, so no copy.
        }
    }

    private static void named(String path, int at, String divider, List<UpdateCall> readings) {
        if (at < 0 || path.length() - at - divider.length() > FileName.MAX_LENGTH) {
            return;
        }
        FileName name = new FileName(path.substring(at + divider.length()));
        String base = path.substring(0, at);
        readings.add(divider.equals("/files/") ? new Named(base, name) : new Release(base, name));
    }
}
