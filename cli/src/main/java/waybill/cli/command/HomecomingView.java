package waybill.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.requester.Journey;
import waybill.requester.Requester;
import waybill.requester.byhand.Homecoming;
import waybill.requester.byhand.Homecoming.Result;
import waybill.requester.outbox.OutboxTask;
import waybill.store.DirectoryInUseException;

/** Shows what receipts came home in a folder. For one run. */
final class HomecomingView implements Homecoming.Listener {
    private final Console console;
    private final boolean verbose;
    private final List<Map<String, Object>> results = new ArrayList<>();
    private int outstanding;
    private int worst = ExitCode.OK;
    private JourneyView journey;

    HomecomingView(Console console, boolean verbose) {
        this.console = console;
        this.verbose = verbose;
        this.journey = new JourneyView(console, verbose);
    }

    /** Collects, and says the exit code. */
    int collect(Requester requester, Path folder, boolean remove) throws IOException {
        List<OutboxTask> tasks = requester.outstanding();
        try {
            new Homecoming(requester, folder).run(tasks, remove, this);
        } catch (IOException e) {
            throw ExportCommand.inFolder(folder, e);
        }
        if (tasks.isEmpty()) {
            console.note("nothing is outstanding");
        } else if (outstanding > 0) {
            console.note(outstanding + " of " + tasks.size() + " still outstanding; the outbox keeps "
                    + (outstanding == 1 ? "it" : "them"));
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("folder", folder.toString());
        object.put("tasks", results);
        if (ExitCode.undecided(worst)) {
            object.put("kept", true);
        }
        console.end("collected", worst, object);
        return worst;
    }

    @Override
    public Journey journey(OutboxTask task) {
        console.note(task.id() + ", " + Text.bytes(task.size()) + ", of " + task.created() + ", to " + task.backend());
        journey = new JourneyView(console, verbose);
        return journey;
    }

    @Override
    public void collected(Result result) {
        OutboxTask task = result.task();
        switch (result) {
            case Result.Ended ended -> {
                results.add(DecisionView.json(ended.decision(), journey));
                worst = Math.max(worst, DecisionView.print(ended.decision(), console));
                if (ended.left()) {
                    console.note("what the folder holds of it could not be removed");
                }
            }
            case Result.Nothing _ -> {
                outstanding++;
                worst = Math.max(worst, ExitCode.EXPIRED);
                results.add(object(task, "outstanding"));
            }
            case Result.Rejected rejected -> {
                outstanding++;
                worst = Math.max(worst, ExitCode.NOT_VERIFIED);
                Map<String, Object> object = object(task, "rejected");
                object.put("detail", rejected.detail());
                object.put("findings", journey.findings());
                results.add(object);
                console.note("waybill: error: " + rejected.detail() + "; it is kept out, and nobody is blamed");
                console.note(
                        "hint: the task stays outstanding; check --trust and this machine's clock, then who had the"
                                + " folder");
            }
            case Result.Failed failed -> {
                outstanding++;
                worst = Math.max(
                        worst,
                        failed.cause() instanceof DirectoryInUseException ? ExitCode.EXPIRED : ExitCode.LOCAL_IO);
                String detail = Reason.of(failed.cause());
                Map<String, Object> object = object(task, "error");
                object.put("error", detail);
                results.add(object);
                console.note("waybill: error: " + task.id() + ": " + detail);
            }
        }
    }

    private static Map<String, Object> object(OutboxTask task, String outcome) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("task", task.id().toString());
        object.put("outcome", outcome);
        return object;
    }
}
