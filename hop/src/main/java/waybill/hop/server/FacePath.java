package waybill.hop.server;

import java.util.regex.Pattern;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * The paths of files, as common clients write them: what they percent-encode of a name's own characters is decoded, and what
 * would change where a path leads is not a path here.
 */
final class FacePath {
    private static final int MAX_LENGTH = 1024;
    /** A name's characters; the percent sign only with what it stands for. */
    private static final Pattern RAW = Pattern.compile("(?:/(?:[A-Za-z0-9._~+:@,=!-]|%[0-9A-Fa-f]{2})+)+");

    private FacePath() {}

    /**
     * Reads a raw path.
     *
     * @return it without its first slash, decoded
     * @throws ProblemException {@code not-found} if no file has such a path
     */
    static String read(String raw) throws ProblemException {
        if (raw.length() <= MAX_LENGTH && RAW.matcher(raw).matches()) {
            String path = decode(raw.substring(1));
            if (OriginPath.isPlain(path)) {
                return path;
            }
        }
        throw new ProblemException(Problem.NOT_FOUND, "no file has this path");
    }

    private static String decode(String raw) {
        StringBuilder plain = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                c = (char) Integer.parseInt(raw, i + 1, i + 3, 16);
                i += 2;
                if (c == '/') {
                    return ""; // it would be another path
                }
            }
            plain.append(c);
        }
        return plain.toString();
    }
}
