package waybill.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.requester.Decision;
import waybill.requester.Journey;
import waybill.requester.byhand.CarriedName;
import waybill.requester.byhand.Import;
import waybill.requester.byhand.Imported;

/**
 * Shows what becomes of the parcels in a folder: a line a step, begun with the task's ID where several are on their way at
 * once, a bar where there is one alone. For one run; safe for use by several threads.
 */
final class ImportView implements Import.Listener, AutoCloseable {
    /** Of the rest nothing was done; they are counted. */
    private static final int MOST_TOLD = 10_000;

    private final Console console;
    private final boolean verbose;
    private final Map<DeliveryKey, JourneyView> journeys = new HashMap<>();
    private final List<Map<String, Object>> results = new ArrayList<>();
    private Import.Profile profile = Import.Profile.NONE;
    private int found;
    private int delivered;
    private int untold;
    private int others;
    private boolean damaged;
    private int worst = ExitCode.OK;

    ImportView(Console console, boolean verbose) {
        this.console = console;
        this.verbose = verbose;
    }

    /** The journey of whoever asks for the profile: of interest when somebody wants every step. */
    Journey ofProfile() {
        return verbose ? new JourneyView(console, true) : Journey.SILENT;
    }

    synchronized void profile(Import.Profile what) {
        profile = what;
        switch (what) {
            case LEFT -> console.note("the backend's profile is left for senders that no network reaches");
            case THERE -> {}
            case NONE -> console.note("nobody brought the backend's profile");
        }
    }

    @Override
    public synchronized void found(int deliveries) {
        found = deliveries;
        console.note(deliveries == 0 ? "no parcel is there" : deliveries + (deliveries == 1 ? " parcel" : " parcels"));
    }

    @Override
    public synchronized Journey journey(Packet.Label label) {
        JourneyView view = found == 1
                ? new JourneyView(console, verbose)
                : new JourneyView(console.oneOfMany(verbose), verbose, label.id() + ": ");
        journeys.put(DeliveryKey.of(label.id(), label.sha256()), view);
        return view;
    }

    @Override
    public synchronized void imported(Imported result) {
        CarriedName name = result.name();
        if (!(result instanceof Imported.Ended) && results.size() >= MOST_TOLD) {
            untold++;
            return;
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("task", name.id().toString());
        object.put("sha256", name.sha256().hex());
        int code =
                switch (result) {
                    case Imported.Ended ended -> ended(ended, object);
                    case Imported.Before before -> {
                        object.put("outcome", "before");
                        object.put(
                                before.receipt() ? "receipt" : "refusal",
                                before.outcome().toString());
                        console.result((before.receipt() ? "delivered before " : "refused before ") + name.id());
                        delivered += before.receipt() ? 1 : 0;
                        yield before.receipt() ? ExitCode.OK : ExitCode.REFUSED;
                    }
                    case Imported.Elsewhere elsewhere -> {
                        others++;
                        object.put("outcome", "elsewhere");
                        object.put("backend", elsewhere.backend().toString());
                        console.note(name.id() + " is left: it is for " + elsewhere.backend());
                        yield ExitCode.OK;
                    }
                    case Imported.Unfit unfit -> {
                        String kind =
                                unfit.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
                        damaged |= unfit.kind() == Imported.Kind.DAMAGED;
                        object.put("outcome", kind);
                        object.put("detail", unfit.detail());
                        console.note("waybill: error: " + name.id() + " is left, " + kind + ": "
                                + Text.foreign(unfit.detail()));
                        yield switch (unfit.kind()) {
                            case BAD_LABEL, DAMAGED -> ExitCode.NOT_VERIFIED;
                            case INCOMPLETE -> ExitCode.EXPIRED;
                            case TOO_LARGE -> ExitCode.REFUSED;
                        };
                    }
                    case Imported.Failed failed -> {
                        String detail = Reason.of(failed.cause());
                        object.put("outcome", "error");
                        object.put("error", detail);
                        console.note("waybill: error: " + name.id() + ": " + detail);
                        yield ExitCode.LOCAL_IO;
                    }
                };
        object.put("exit", code);
        results.add(object);
        worst = Math.max(worst, code);
    }

    private int ended(Imported.Ended ended, Map<String, Object> object) {
        JourneyView view =
                journeys.remove(DeliveryKey.of(ended.name().id(), ended.name().sha256()));
        if (view != null) {
            view.close();
            object.putAll(DecisionView.json(ended.decision(), view));
        }
        return switch (ended.decision()) {
            case Decision.Expired expired -> {
                console.note("waybill: error: " + ended.name().id() + " is not delivered: "
                        + DecisionView.why(expired)
                        + (expired.detail().isEmpty() ? "" : " (" + Text.foreign(expired.detail()) + ")"));
                yield ExitCode.EXPIRED;
            }
            case Decision.Delivered _ -> {
                delivered++;
                yield DecisionView.print(ended.decision(), console);
            }
            case Decision.Refused _, Decision.Unproven _ -> DecisionView.print(ended.decision(), console);
        };
    }

    /** Says what came of all, and the exit code. */
    synchronized int end(Path folder, Path outcomes, boolean more) {
        if (untold > 0) {
            console.note(untold + " more are left as they are, or were delivered or refused before");
        }
        if (more) {
            console.note("there are more than one run takes: import again");
            worst = Math.max(worst, ExitCode.EXPIRED);
        }
        if (found == 0 && profile == Import.Profile.NONE) {
            worst = Math.max(worst, ExitCode.EXPIRED);
        }
        if (found > 0) {
            console.note(delivered + " of " + found + " delivered; the receipts are in " + outcomes);
        }
        if (damaged) {
            console.note("hint: export what is damaged again: it is kept at home until its receipt comes there");
        }
        if (others > 0 && others == found) {
            console.note("hint: nothing here is for this backend: is --to right?");
        }
        if (worst == ExitCode.EXPIRED) {
            console.note("hint: what is not delivered is in the folder as before; import it again");
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("folder", folder.toString());
        object.put("receipts", outcomes.toString());
        object.put("profile", profile.name().toLowerCase(Locale.ROOT));
        object.put("deliveries", results);
        object.put("more", more);
        object.put("untold", untold);
        if (ExitCode.undecided(worst)) {
            object.put("kept", found > 0);
        }
        console.end("imported", worst, object);
        return worst;
    }

    @Override
    public synchronized void close() {
        journeys.values().forEach(JourneyView::close);
    }
}
