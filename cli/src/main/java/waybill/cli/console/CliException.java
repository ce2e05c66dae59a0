package waybill.cli.console;

/** What a command says when it cannot go on: what happened, and what to do about it. */
public final class CliException extends RuntimeException {
    private final int exitCode;
    private final String hint;
    private final boolean kept;

    /**
     * An end with an explanation.
     *
     * @param exitCode one of {@link ExitCode}
     * @param error what happened, without a full stop
     * @param hint what to do; empty if nothing helps
     */
    public CliException(int exitCode, String error, String hint) {
        super(error);
        this.exitCode = exitCode;
        this.hint = hint;
        this.kept = false;
    }

    /** The same with its cause, which is shown only in the log. */
    public CliException(int exitCode, String error, String hint, Throwable cause) {
        this(exitCode, error, hint, false, cause);
    }

    /**
     * The same of what is not decided.
     *
     * @param kept whether there is something to go on with: in the outbox, in a folder, or of a file that was begun
     */
    public CliException(int exitCode, String error, String hint, boolean kept, Throwable cause) {
        super(error, cause);
        this.exitCode = exitCode;
        this.hint = hint;
        this.kept = kept;
    }

    /** A mistake in the command line or the configuration. */
    public static CliException usage(String error, String hint) {
        return new CliException(ExitCode.USAGE, error, hint);
    }

    /** A local file or disk that does not do what it should. */
    public static CliException io(String error, String hint, Throwable cause) {
        return new CliException(ExitCode.LOCAL_IO, error, hint, cause);
    }

    /** The process's exit code. */
    public int exitCode() {
        return exitCode;
    }

    /** Whether there is something to go on with. */
    public boolean kept() {
        return kept;
    }

    /** What to do, or an empty text. */
    public String hint() {
        return hint;
    }
}
