package waybill.cli.command;

import java.nio.file.Path;

/** Where a person's data lies if nothing else is said. */
final class Places {
    private Places() {}

    /** {@code $XDG_STATE_HOME/waybill}, else {@code ~/.local/state/waybill}. */
    static Path state() {
        String xdg = System.getenv("XDG_STATE_HOME");
        return xdg != null && !xdg.isEmpty()
                ? Path.of(xdg, "waybill")
                : Path.of(System.getProperty("user.home"), ".local", "state", "waybill");
    }
}
