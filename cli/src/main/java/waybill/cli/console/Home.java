package waybill.cli.console;

import java.nio.file.Path;
import java.util.Map;

/** Where a person's own files lie, as the XDG Base Directory Specification says it. Pure. */
public final class Home {
    private Home() {}

    /** {@code $HOME} as every other program takes it, else what the system says of the user. */
    public static Path of(Map<String, String> environment) {
        return absolute(environment, "HOME", Path.of(System.getProperty("user.home")));
    }

    /** {@code $XDG_STATE_HOME}, else {@code ~/.local/state}. */
    public static Path state(Map<String, String> environment) {
        return absolute(environment, "XDG_STATE_HOME", of(environment).resolve(".local/state"));
    }

    /** {@code $XDG_CONFIG_HOME}, else {@code ~/.config}. */
    static Path config(Map<String, String> environment, Path home) {
        return absolute(environment, "XDG_CONFIG_HOME", home.resolve(".config"));
    }

    /** A variable that is no absolute path counts as not set, as that specification wants it. */
    private static Path absolute(Map<String, String> environment, String name, Path otherwise) {
        String value = environment.getOrDefault(name, "");
        return value.startsWith("/") ? Path.of(value) : otherwise;
    }
}
