package waybill.protocol;

/**
 * Where a published file is: {@code {backend}/files/{name}}, at most 512 characters (section 10.1). The first segment
 * {@code files} of the path divides the two, so a backend whose own URL has such a segment cannot publish.
 *
 * <p>Its text has the form of a backend's URL, too, and there is one way to write each. Immutable and safe for use by
 * several threads.
 */
public record FileUrl(BackendUrl backend, FileName name) {
    /** The longest URL in characters. */
    public static final int MAX_LENGTH = BackendUrl.MAX_LENGTH;

    private static final String DIVIDER = "/files/";

    /** @throws IllegalArgumentException if the backend has a segment {@code files}, or the whole is too long */
    public FileUrl {
        publishing(backend);
        if (backend.toString().length() + DIVIDER.length() + name.text().length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a file's URL has at most " + MAX_LENGTH + " characters");
        }
    }

    /** The file of this name at this backend. */
    public static FileUrl of(BackendUrl backend, FileName name) {
        return new FileUrl(backend, name);
    }

    /**
     * A backend that can publish.
     *
     * @throws IllegalArgumentException if its URL has a segment {@code files}
     */
    public static BackendUrl publishing(BackendUrl backend) {
        if ((backend.path() + "/").contains(DIVIDER)) {
            throw new IllegalArgumentException("a backend whose URL has a segment 'files' publishes no files");
        }
        return backend;
    }

    /**
     * Reads a URL exactly as it must be written.
     *
     * @throws IllegalArgumentException if it is in any other form
     */
    public static FileUrl parse(String text) {
        // Behind the authority: a host may be called 'files', too.
        int path = text.indexOf('/', text.indexOf("://") + "://".length());
        int divider = path < 0 ? -1 : text.indexOf(DIVIDER, path);
        if (text.length() > MAX_LENGTH || divider < 0) {
            throw new IllegalArgumentException("a file's URL is a backend's URL, /files/ and the file's name, at most "
                    + MAX_LENGTH + " characters");
        }
        return new FileUrl(
                BackendUrl.parse(text.substring(0, divider)), new FileName(text.substring(divider + DIVIDER.length())));
    }

    /** The one way to write it. */
    @Override
    public String toString() {
        return backend + DIVIDER + name;
    }
}
