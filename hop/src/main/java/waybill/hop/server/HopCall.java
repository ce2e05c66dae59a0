package waybill.hop.server;

import java.util.Optional;
import java.util.regex.Pattern;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * What a request asks for (section 3), read from its raw path: nothing is decoded, joined or normalised, so there is one
 * way to write each path and no other path means the same.
 */
sealed interface HopCall {
    /** The longest path in characters. */
    int MAX_PATH = 1024;

    /** What stands before the ID: the alias or the path of the backend's URL, empty or with a leading slash. */
    String base();

    /** The methods it has, as the {@code Allow} field lists them. */
    String allow();

    /** {@code {base}/{ID}}. */
    record Upload(String base, TaskId id) implements HopCall {
        @Override
        public String allow() {
            return "PUT";
        }
    }

    /** {@code {base}/{ID}/receipt}. */
    record Receipt(String base, TaskId id) implements HopCall {
        @Override
        public String allow() {
            return "GET, HEAD";
        }
    }

    /** {@code {base}/profile}. */
    record Profile(String base) implements HopCall {
        @Override
        public String allow() {
            return "GET, HEAD";
        }
    }

    /** {@code {base}} itself: where resumable uploads begin. */
    record Creation(String base) implements HopCall {
        @Override
        public String allow() {
            return "POST, OPTIONS";
        }
    }

    /** {@code {base}/u/{token}}: a resumable upload. */
    record Resumption(String base, String token) implements HopCall {
        @Override
        public String allow() {
            return "HEAD, PATCH, DELETE";
        }
    }

    /** Whether the call has this method. */
    default boolean takes(String method) {
        for (String one : allow().split(", ", -1)) {
            if (one.equals(method)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Reads a path; empty where it is none of the hop API's. What is nothing else may be somebody's base: whether it is one
     * only the mounts know.
     */
    static Optional<HopCall> parse(String path) {
        if (path.equals("/")) {
            return Optional.of(new Creation(""));
        }
        if (!isPlain(path)) {
            return Optional.empty();
        }
        int slash = path.lastIndexOf('/');
        String before = path.substring(0, slash);
        String last = path.substring(slash + 1);
        switch (last) {
            case "profile" -> {
                return Optional.of(new Profile(before));
            }
            case "receipt" -> {
                int second = before.lastIndexOf('/');
                return second < 0
                        ? Optional.empty()
                        : id(before.substring(second + 1)).map(id -> new Receipt(before.substring(0, second), id));
            }
            default -> {
                Optional<HopCall> upload = id(last).map(id -> new Upload(before, id));
                return upload.isPresent() ? upload : Optional.of(resumption(path, before, last));
            }
        }
    }

    /** Whether a path has a segment, and none that is empty, a dot or two, or has other characters than a URL of ours. */
    static boolean isPlain(String path) {
        return path.length() <= MAX_PATH
                && Form.PATH.matcher(path).matches()
                && !Form.DOTS.matcher(path).find();
    }

    private static HopCall resumption(String path, String before, String last) {
        return before.endsWith("/u") && Form.TOKEN.matcher(last).matches()
                ? new Resumption(before.substring(0, before.length() - "/u".length()), last)
                : new Creation(path);
    }

    private static Optional<TaskId> id(String text) {
        try {
            return Optional.of(TaskId.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Which delivery a {@code receipt} call is about. */
    record Query(Sha256 sha256, Optional<Sha256> contents) {
        /** Reads the raw query; parameters of other names are ignored. */
        static Query parse(String query) throws ProblemException {
            Optional<Sha256> sha256 = Optional.empty();
            Optional<Sha256> contents = Optional.empty();
            try {
                for (String parameter : query.split("&", -1)) {
                    if (parameter.startsWith("sha256=")) {
                        sha256 = once(sha256, parameter);
                    } else if (parameter.startsWith("contents=")) {
                        contents = once(contents, parameter);
                    }
                }
            } catch (IllegalArgumentException e) {
                throw new ProblemException(Problem.BAD_REQUEST, String.valueOf(e.getMessage()));
            }
            Optional<Sha256> claim = contents;
            return sha256.map(digest -> new Query(digest, claim))
                    .orElseThrow(() -> new ProblemException(Problem.BAD_REQUEST, "which one? ?sha256=HEX is missing"));
        }

        private static Optional<Sha256> once(Optional<Sha256> before, String parameter) {
            if (before.isPresent()) {
                throw new IllegalArgumentException("a query parameter is given twice");
            }
            return Optional.of(new Sha256(parameter.substring(parameter.indexOf('=') + 1)));
        }
    }

    /** The forms of paths. */
    final class Form {
        private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)+");
        private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{22}");
        private static final Pattern DOTS = Pattern.compile("/\\.{1,2}(/|$)");

        private Form() {}
    }
}
