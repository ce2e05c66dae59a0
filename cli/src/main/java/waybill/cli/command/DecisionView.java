package waybill.cli.command;

import java.util.LinkedHashMap;
import java.util.Map;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Text;
import waybill.protocol.Packet;
import waybill.requester.Decision;

/** What a decision means: its words, its JSON, its exit code. Pure but for the console. */
final class DecisionView {
    private DecisionView() {}

    /** Prints a decision and says the exit code. */
    static int show(Decision decision, JourneyView view, Console console) {
        Map<String, Object> object = json(decision, view);
        int exit = print(decision, console);
        console.end(String.valueOf(object.get("outcome")), exit, object);
        return exit;
    }

    /** The words alone. */
    static int print(Decision decision, Console console) {
        return switch (decision) {
            case Decision.Delivered delivered -> {
                Packet.Receipt receipt = delivered.proof().packet();
                console.result("delivered " + delivered.task() + " at " + receipt.received());
                console.result("receipt   " + delivered.receipt());
                delivered.waybill().ifPresent(file -> console.result("waybill   " + file));
                yield ExitCode.OK;
            }
            case Decision.Expired expired -> {
                console.note("waybill: error: " + error(expired));
                console.note("hint: " + hint(expired));
                yield ExitCode.EXPIRED;
            }
            case Decision.Refused refused -> {
                console.note("waybill: error: " + error(refused));
                if (!hint(refused).isEmpty()) {
                    console.note("hint: " + hint(refused));
                }
                yield ExitCode.REFUSED;
            }
            case Decision.Unproven unproven -> {
                console.result("handed over " + unproven.task() + ", one way: there is no proof, and none will come");
                console.result("label     " + unproven.label());
                unproven.waybill().ifPresent(file -> console.result("waybill   " + file));
                yield ExitCode.OK;
            }
        };
    }

    /** The decision, and with it what was found on the way. */
    static Map<String, Object> json(Decision decision, JourneyView view) {
        Map<String, Object> object = json(decision);
        object.put("findings", view.findings());
        return object;
    }

    private static Map<String, Object> json(Decision decision) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("task", decision.task().toString());
        switch (decision) {
            case Decision.Delivered delivered -> {
                Packet.Receipt receipt = delivered.proof().packet();
                object.put("outcome", "delivered");
                object.put("receipt", delivered.receipt().toString());
                delivered.waybill().ifPresent(file -> object.put("waybill", file.toString()));
                object.put("backend", receipt.backend().toString());
                object.put("size", receipt.size());
                object.put("sha256", receipt.sha256().hex());
                receipt.contents().ifPresent(contents -> object.put("contents", contents.hex()));
                object.put("opened", receipt.opened());
                object.put("received", receipt.received().toString());
                object.put("carrier", delivered.carrier().toString());
                object.put("exit", ExitCode.OK);
            }
            case Decision.Expired expired -> {
                object.put("outcome", "expired");
                object.put("reason", expired.reason().name());
                object.put("kept", expired.kept());
                object.put("detail", expired.detail());
                object.put("error", error(expired));
                object.put("hint", hint(expired));
                object.put("exit", ExitCode.EXPIRED);
            }
            case Decision.Refused refused -> {
                object.put("outcome", "refused");
                refused.problem().ifPresent(problem -> object.put("problem", problem.code()));
                refused.file().ifPresent(file -> object.put("refusal", file.toString()));
                object.put("detail", refused.detail());
                object.put("error", error(refused));
                object.put("hint", hint(refused));
                object.put("exit", ExitCode.REFUSED);
            }
            case Decision.Unproven unproven -> {
                object.put("outcome", "unproven");
                object.put("proof", "none");
                object.put("label", unproven.label().toString());
                unproven.waybill().ifPresent(file -> object.put("waybill", file.toString()));
                object.put("exit", ExitCode.OK);
            }
        }
        return object;
    }

    /** Why it is not delivered. */
    static String why(Decision.Expired expired) {
        return switch (expired.reason()) {
            case NO_PROFILE -> "nobody brought the backend's profile, so nothing could be sealed";
            case NO_CARRIER -> "nobody took it";
            case ALL_LATE -> "who took it brought no receipt within the maximum wait";
            case UNVERIFIABLE -> "what was brought cannot be verified here";
        };
    }

    private static String error(Decision.Expired expired) {
        return "not delivered: " + why(expired) + inBrackets(expired.detail());
    }

    private static String error(Decision.Refused refused) {
        String problem = refused.problem().map(p -> p.code()).orElse("no reason of the catalogue");
        // the detail is often the problem once more
        return "the backend refused it: " + problem
                + inBrackets(refused.detail().equals(problem) ? "" : refused.detail());
    }

    private static String inBrackets(String detail) {
        return detail.isEmpty() ? "" : " (" + Text.foreign(detail) + ")";
    }

    private static String hint(Decision.Refused refused) {
        return refused.file().map(file -> "the signed refusal is " + file).orElse("");
    }

    private static String hint(Decision.Expired expired) {
        return switch (expired.reason()) {
            case NO_PROFILE ->
                "nothing is kept: send it again. Is --trust this very backend's anchor, and a relay running for this very URL? 'waybill relays' shows who answers";
            case NO_CARRIER, ALL_LATE ->
                expired.kept()
                        ? "it is kept; 'waybill receipts collect' goes on with it"
                        : "'waybill relays' shows who answers";
            case UNVERIFIABLE ->
                "check this machine's clock and the --trust file; it is kept, 'waybill receipts collect' goes on with it";
        };
    }
}
