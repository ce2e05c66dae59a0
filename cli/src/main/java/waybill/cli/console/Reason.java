package waybill.cli.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Why a file or directory cannot be used, in words. Of many failures the JDK's message is the path alone; what happened is
 * their type. Pure; what comes from elsewhere is made fit for a terminal.
 */
public final class Reason {
    /** What stands in the place of bytes that are no character of the locale. */
    private static final char NO_CHARACTER = '\uFFFD';

    private Reason() {}

    /** The reason, after the file it is about where the failure names one: {@code /data/lock: permission denied}. */
    public static String of(Throwable failure) {
        Throwable cause = failure.getCause();
        if (cause != null
                && (failure instanceof UncheckedIOException
                        || Objects.equals(failure.getMessage(), cause.getMessage()))) {
            // carried on in another's name
            return of(cause);
        }
        if (failure instanceof FileSystemException of && of.getFile() != null) {
            String other = of.getOtherFile() == null ? "" : " -> " + of.getOtherFile();
            return Text.foreign(of.getFile() + other) + ": " + word(of);
        }
        return Text.foreign(word(failure));
    }

    /** The same where the path has been named already: it is not said twice. */
    public static String of(Throwable failure, Path named) {
        return failure instanceof FileSystemException of && of.getOtherFile() == null && same(of.getFile(), named)
                ? Text.foreign(word(of))
                : of(failure);
    }

    /**
     * Whether a name came with bytes that are no text in this locale. Such a file cannot be opened by its name, which is
     * another one by then.
     */
    public static boolean noText(Path path) {
        return path.toString().indexOf(NO_CHARACTER) >= 0;
    }

    private static boolean same(String file, Path named) {
        return file != null
                && (file.equals(named.toString())
                        || file.equals(named.toAbsolutePath().toString()));
    }

    private static String word(Throwable failure) {
        if (failure instanceof FileSystemException of && of.getReason() != null) {
            return of.getReason();
        }
        String message = failure.getMessage();
        return switch (failure) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case NotDirectoryException _ -> "it is not a directory";
            case DirectoryNotEmptyException _ -> "the directory is not empty";
            case FileAlreadyExistsException _ -> "there is something of that name already";
            case FileSystemLoopException _ -> "its links go in a circle";
            case NotLinkException _ -> "it is not a link";
            case FileSystemException _ -> "the system does not say why";
            default -> message == null || message.isEmpty() ? failure.getClass().getSimpleName() : message;
        };
    }

    /** What is said of a file that is not there: a name that is no text is another error than a file that is missing. */
    public static CliException missing(Path file, Throwable cause) {
        return noText(file)
                ? CliException.io(
                        "the name " + Text.foreign(file.toString())
                                + " is not text in UTF-8, so no file can be opened by it",
                        "rename the file",
                        cause)
                : CliException.io("there is no file " + Text.foreign(file.toString()), "", cause);
    }

    /** What is said of a file that cannot be read. */
    public static CliException unreadable(Path file, IOException cause) {
        return cause instanceof NoSuchFileException
                ? missing(file, cause)
                : CliException.io(
                        Text.foreign(file.toString()) + " cannot be read: " + of(cause, file),
                        "check the file and its permissions",
                        cause);
    }
}
