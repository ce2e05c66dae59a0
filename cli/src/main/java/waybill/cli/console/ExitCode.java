package waybill.cli.console;

/** The exit codes of every command, as the README lists them. */
public final class ExitCode {
    /** Delivered, verified, done. */
    public static final int OK = 0;
    /** Something failed inside Waybill. */
    public static final int INTERNAL = 1;
    /** The command line, the configuration or the trust file is wrong. */
    public static final int USAGE = 2;
    /** The backend refused the delivery and signed for it. */
    public static final int REFUSED = 3;
    /** Nobody decided in time; what was sealed waits in the outbox. */
    public static final int EXPIRED = 4;
    /** A receipt or parcel does not verify. */
    public static final int NOT_VERIFIED = 5;
    /** A local file cannot be read or written, or the disk is full. */
    public static final int LOCAL_IO = 6;
    /** Interrupted; what was sealed waits in the outbox. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}

    /** The {@code outcome} of what did not end with {@link #OK}, as {@code docs/operations.md} lists them. */
    public static String word(int exit) {
        return switch (exit) {
            case REFUSED -> "refused";
            case EXPIRED -> "expired";
            case NOT_VERIFIED -> "unverified";
            case INTERRUPTED -> "interrupted";
            default -> "error";
        };
    }

    /** Whether more may come of it: then JSON says as {@code kept} whether there is something to go on with. */
    public static boolean undecided(int exit) {
        return exit == EXPIRED || exit == INTERRUPTED;
    }
}
