package waybill.relay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import waybill.protocol.BackendUrl;
import waybill.store.DurableFiles;

/**
 * Which alias path stands for which backend (claim 1): 128 random bits each, made when a backend is first configured and
 * kept, so that a sender finds its delivery again after a restart. Immutable and safe for use by several threads.
 */
final class Aliases {
    private static final Pattern LINE = Pattern.compile("(/a/[A-Za-z0-9_-]{22}) (\\S+)");

    private final Map<BackendUrl, String> paths;

    private Aliases(Map<BackendUrl, String> paths) {
        this.paths = paths;
    }

    /**
     * Reads the file, makes what is missing, and writes it if anything was. Aliases of backends that are no longer
     * configured stay in the file, and are not served.
     *
     * @throws IOException if the file is damaged: new aliases would lose what senders still come for
     */
    static Aliases load(Path file, List<BackendUrl> backends, RandomGenerator random) throws IOException {
        Map<BackendUrl, String> known = new LinkedHashMap<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                var match = LINE.matcher(line);
                if (!match.matches()) {
                    throw new IOException(
                            file + " is damaged: each line is an alias path, a space and a backend's URL");
                }
                try {
                    known.put(BackendUrl.parse(match.group(2)), match.group(1));
                } catch (IllegalArgumentException e) {
                    throw new IOException(file + " is damaged: " + e.getMessage(), e);
                }
            }
        }
        boolean made = false;
        for (BackendUrl backend : backends) {
            made |= known.putIfAbsent(backend, fresh(random)) == null;
        }
        if (made) {
            StringBuilder text = new StringBuilder();
            known.forEach((backend, path) ->
                    text.append(path).append(' ').append(backend).append('\n'));
            DurableFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8), true);
        }
        known.keySet().retainAll(backends);
        return new Aliases(Map.copyOf(known));
    }

    /** The alias path of a configured backend: {@code /a/} and 22 characters. */
    String of(BackendUrl backend) {
        String path = paths.get(backend);
        if (path == null) {
            throw new IllegalArgumentException("not configured: " + backend);
        }
        return path;
    }

    /** All of them. */
    Map<BackendUrl, String> all() {
        return paths;
    }

    private static String fresh(RandomGenerator random) {
        byte[] bits = new byte[16];
        random.nextBytes(bits);
        return "/a/" + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }
}
