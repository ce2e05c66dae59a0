package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.cli.console.AddressConverter;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.requester.DamagedParcelException;
import waybill.requester.Decision;
import waybill.requester.OutboxTask;
import waybill.requester.Requester;
import waybill.requester.RequesterConfig;

/** {@code waybill receipts}: what is outstanding. */
@Command(
        name = "receipts",
        description = "What waits in the outbox for its receipt.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ReceiptsCommand.Collect.class)
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
                "",
                "Ends with 0 if nothing is outstanding any more, else with the worst decision's code (3 or 4),",
                "or 6 if what was sealed cannot be read any more."
            })
    static final class Collect implements Callable<Integer> {
        private static final Logger LOG = LoggerFactory.getLogger(Collect.class);

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

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            Console console = output.console();
            RequesterConfig.Builder config = sender.config().allowPlainBackend(plainBackend);
            if (connectTo != null) {
                config.connectTo(connectTo);
            }
            try (Requester requester = sender.open(config);
                    Interruption _ = Interruption.watch()) {
                return collect(requester, console);
            } catch (InterruptedException | ClosedByInterruptException e) {
                throw Interruption.explained(e, true);
            } catch (IOException e) {
                throw CliException.io("the outbox under " + sender.data() + " failed: " + e.getMessage(), "", e);
            }
        }

        private int collect(Requester requester, Console console) throws IOException, InterruptedException {
            List<OutboxTask> tasks = requester.outstanding();
            console.note(tasks.isEmpty() ? "nothing is outstanding" : tasks.size() + " outstanding");
            int worst = ExitCode.OK;
            List<Map<String, Object>> results = new ArrayList<>();
            for (OutboxTask task : tasks) {
                console.note("");
                console.note(task.id() + ", " + Text.bytes(task.size()) + ", of " + task.created() + ", to "
                        + task.backend());
                try (JourneyView view = new JourneyView(console, sender.verbose())) {
                    Decision decision = requester.resume(task.id(), view);
                    results.add(DecisionView.json(decision, view));
                    worst = Math.max(worst, DecisionView.print(decision, console));
                } catch (IOException | RuntimeException e) {
                    if (Thread.interrupted()) {
                        throw Interruption.explained(e, true);
                    }
                    // one task that cannot be worked on, another process has it for example, is no reason to leave the
                    // others
                    LOG.debug("task {}", task.id(), e);
                    console.note("waybill: error: " + Text.foreign(String.valueOf(e.getMessage())));
                    Map<String, Object> failed = new LinkedHashMap<>();
                    failed.put("task", task.id().toString());
                    failed.put("outcome", "error");
                    failed.put("error", String.valueOf(e.getMessage()));
                    results.add(failed);
                    worst = Math.max(worst, e instanceof DamagedParcelException ? ExitCode.LOCAL_IO : ExitCode.EXPIRED);
                }
            }
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("tasks", results);
            object.put("exit", worst);
            console.result(object);
            return worst;
        }
    }
}
