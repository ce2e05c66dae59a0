package waybill.cli.command;

import picocli.CommandLine.Option;
import waybill.cli.console.CliException;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.protocol.BackendUrl;

/** Which backend. */
final class ToOptions {
    @Option(
            names = "--to",
            required = true,
            paramLabel = "URL",
            description = "The backend's URL, exactly as the backend was made with.")
    private String to = "";

    @Option(names = "--allow-plain-backend", description = "Allow a backend's URL of http://.")
    private boolean plain;

    BackendUrl url() {
        BackendUrl url = parse(to);
        if (!url.encrypted() && !plain) {
            throw CliException.usage(
                    "the backend's URL is plain HTTP", "use https://, or allow it by name: --allow-plain-backend");
        }
        return url;
    }

    /** What an operator says for {@code --to}. */
    static BackendUrl parse(String to) {
        try {
            return BackendUrl.fromOperator(to);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--to: " + Text.foreign(String.valueOf(e.getMessage())),
                    "for example https://backend.example/inbox",
                    e);
        }
    }

    boolean plain() {
        return plain;
    }
}
