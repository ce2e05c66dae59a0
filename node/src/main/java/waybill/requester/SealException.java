package waybill.requester;

import java.nio.file.Path;

/** Files that cannot be packed and sealed; nothing was kept. Carries facts, not prose. */
public final class SealException extends Exception {
    /** What is wrong. */
    public enum Kind {
        /** There is no such file. */
        MISSING,
        /** It cannot be read. */
        UNREADABLE,
        /** Neither a regular file nor a directory; links inside a directory are not followed. */
        NOT_REGULAR,
        /** A directory without a file, or no path at all. */
        EMPTY,
        /** Two would have the same name inside the parcel. */
        DUPLICATE,
        /** Its name cannot stand inside a parcel. */
        BAD_NAME,
        /** More files than a parcel may have. */
        TOO_MANY,
        /** It vanished or changed while it was read. */
        CHANGED,
        /** The parcel is larger than the backend takes. */
        TOO_LARGE,
        /** The profile's recipient cannot be read. */
        BAD_RECIPIENT,
        /** The outbox cannot be written. */
        OUTBOX
    }

    private final Kind kind;
    private final transient Path file;
    private final String detail;

    /** This is wrong with this file. */
    public SealException(Kind kind, Path file, String detail) {
        super(kind + ": " + file + (detail.isEmpty() ? "" : ": " + detail));
        this.kind = kind;
        this.file = file;
        this.detail = detail;
    }

    /** This is wrong with this file, for that cause. */
    public SealException(Kind kind, Path file, Throwable cause) {
        super(kind + ": " + file + ": " + cause.getMessage(), cause);
        this.kind = kind;
        this.file = file;
        this.detail = String.valueOf(cause.getMessage());
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** What more there is to say of it; may be empty. */
    public String detail() {
        return detail;
    }

    /** The file or directory concerned. */
    public Path file() {
        return file;
    }
}
