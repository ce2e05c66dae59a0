package waybill.cli.command;

import java.nio.file.Path;
import waybill.cli.console.Home;

/** Where a person's data lies if nothing else is said. */
final class Places {
    private Places() {}

    /** {@code $XDG_STATE_HOME/waybill}, else {@code ~/.local/state/waybill}. */
    static Path state() {
        return Home.state(System.getenv()).resolve("waybill");
    }
}
