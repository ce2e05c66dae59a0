package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.Console;
import waybill.protocol.BackendUrl;
import waybill.requester.Requester;
import waybill.requester.byhand.Import;

/** {@code waybill import}: what was carried here, to the backend. */
@Command(
        name = "import",
        description = "Deliver the parcels that were carried here in a folder, and leave their receipts there.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill import /media/stick --to https://backend.example/inbox --trust anchor.pem",
            "",
            "It needs neither the files nor any key. What is for another backend is left; what has a receipt",
            "is not sent again. The backend's profile is left there, too, so that a sender without any network",
            "can seal: an empty folder will do for that. With --receipts the folder is only read.",
            "",
            "Ends with 0 if all is delivered, else with the worst of: 3 refused, 4 not decided in time or not all",
            "there yet (run it again), 5 a label or parcel is not what it should be and was left, 6 a file failed."
        })
public final class ImportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "The folder.")
    @SuppressWarnings("NullAway.Init") // required
    private Path folder;

    @Mixin
    private final BackendOptions backend = new BackendOptions();

    @Mixin
    private final SenderOptions sender = new SenderOptions();

    @Option(
            names = "--remove",
            description = "Remove a parcel from the folder once its receipt is verified and written.")
    private boolean remove;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Console console = output.console();
        BackendUrl url = backend.url();
        Path outcomes = sender.receipts().orElse(folder);
        try (Requester requester = sender.open(sender.config(backend));
                ImportView view = new ImportView(console, sender.verbose());
                Interruption _ = Interruption.watch()) {
            try {
                Import carried = new Import(requester, sender.batch(requester), url, folder, outcomes, remove);
                view.profile(carried.leaveProfile(view.ofProfile()));
                boolean more = carried.run(view);
                return view.end(folder, outcomes, more);
            } catch (InterruptedException | ClosedByInterruptException e) {
                throw Interruption.kept("what is not delivered is in the folder as before; import it again", e);
            } catch (IOException e) {
                throw ExportCommand.inFolder(
                        String.valueOf(e.getMessage()).startsWith(outcomes.toString()) ? outcomes : folder, e);
            }
        } catch (IOException e) {
            throw sender.failed(e, "is the disk full? What is not delivered is in the folder as before");
        }
    }
}
