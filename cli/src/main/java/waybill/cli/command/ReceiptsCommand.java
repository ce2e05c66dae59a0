package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.TaskId;
import waybill.requester.Decision;
import waybill.requester.Requester;
import waybill.requester.RequesterConfig;
import waybill.requester.outbox.DamagedParcelException;
import waybill.requester.outbox.OutboxTask;

/** {@code waybill receipts}: what is outstanding. */
@Command(
        name = "receipts",
        description = "What waits in the outbox for its receipt.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ReceiptsListCommand.class, ReceiptsCommand.Collect.class},
        footer = {"", "Example:", "  waybill receipts list", "  waybill receipts collect --trust anchor.pem"})
public final class ReceiptsCommand {

    /** {@code waybill receipts collect}. */
    @Command(
            name = "collect",
            description = "Ask for the receipts of all that waits in the outbox, and go on with what has none.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Example:",
                "  waybill receipts collect --trust anchor.pem",
                "  waybill receipts collect --from /media/stick --trust anchor.pem",
                "",
                "Ends with 0 if nothing is outstanding any more, else with the worst decision's code (3 or 4),",
                "or 6 if what was sealed cannot be read any more. With --from nobody is asked: only receipts that",
                "were carried here count, each verified against this outbox; 5 says that one does not hold."
            })
    static final class Collect implements Callable<Integer> {
        @Mixin
        private final SenderOptions sender = new SenderOptions();

        @Option(
                names = "--connect-to",
                paramLabel = "HOST:PORT",
                converter = AddressConverter.class,
                description = "Dial there instead of the backend's own host, where no DNS knows it.")
        private java.net.@Nullable InetSocketAddress connectTo;

        @Option(names = "--allow-plain-backend", description = "Allow a backend's URL of http://.")
        private boolean plainBackend;

        @Option(
                names = "--from",
                paramLabel = "DIR",
                description = "Take the receipts that 'waybill import' left in this folder, and ask nobody.")
        private @Nullable Path from;

        @Option(
                names = "--remove",
                description = "With --from: remove from the folder what it holds of deliveries that are decided.")
        private boolean remove;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            Console console = output.console();
            if (remove && from == null) {
                throw CliException.usage("--remove is about a folder", "name it with --from");
            }
            RequesterConfig.Builder config = sender.config(plainBackend);
            if (connectTo != null) {
                config.connectTo(connectTo);
            }
            try (Requester requester = sender.open(config);
                    Interruption _ = Interruption.watch()) {
                return from == null
                        ? collect(requester, console)
                        : new HomecomingView(console, sender.verbose()).collect(requester, from, remove);
            } catch (InterruptedException | ClosedByInterruptException e) {
                throw Interruption.explained(e, true);
            } catch (IOException e) {
                throw sender.failed(e, "is the disk full? What was sealed is kept");
            }
        }

        private int collect(Requester requester, Console console) throws IOException, InterruptedException {
            List<TaskId> tasks = requester.outstandingIds();
            console.note(tasks.isEmpty() ? "nothing is outstanding" : tasks.size() + " outstanding");
            promised(requester)
                    .ifPresent(until -> console.note("waiting for receipts that are promised, the last until "
                            + Text.at(until) + "; whoever stops earlier loses nothing"));
            Console.Listing listing = console.listing("tasks");
            BatchView<TaskId> view = new BatchView<>(console, sender.verbose(), new TaskWords(), listing::add);
            int exit = ExitCode.LOCAL_IO;
            try {
                sender.batch(requester).resume(tasks, view);
                exit = view.worst();
                return exit;
            } catch (InterruptedException | ClosedByInterruptException e) {
                exit = ExitCode.INTERRUPTED;
                throw e;
            } finally {
                // what waits stays in the outbox, whatever became of this
                listing.end("collected", exit, ExitCode.undecided(exit) ? Map.of("kept", true) : Map.of());
            }
        }
    }

    /** Until when somebody is waited for. */
    private static Optional<Instant> promised(Requester requester) throws IOException {
        return requester.outstanding().stream()
                .flatMap(task -> task.acceptances().stream())
                .filter(acceptance -> acceptance.standing() == OutboxTask.Standing.WAITING)
                .map(OutboxTask.Acceptance::until)
                .filter(until -> until.isAfter(Instant.now()))
                .max(Comparator.naturalOrder());
    }

    /** How a task of the outbox is spoken of. */
    private static final class TaskWords implements BatchView.Words<TaskId> {
        @Override
        public String member() {
            return "task";
        }

        @Override
        public String name(TaskId task) {
            return task.toString();
        }

        @Override
        public int print(TaskId task, Decision decision, Console to) {
            if (!(decision instanceof Decision.Delivered)) {
                to.note(task + ":");
            }
            return DecisionView.print(decision, to);
        }

        /** One task that cannot be worked on, another process has it for example, is no reason to leave the others. */
        @Override
        public CliException explain(TaskId task, Exception why) {
            return new CliException(
                    why instanceof DamagedParcelException ? ExitCode.LOCAL_IO : ExitCode.EXPIRED,
                    Reason.of(why),
                    "",
                    true,
                    why);
        }
    }
}
