package waybill.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads the vectors of the specification, {@code spec/vectors/README.md} says how they are written. For the tests of
 * every module.
 */
public final class Vectors {

    /**
     * One vector.
     *
     * @param name without its endings
     * @param path of the data
     * @param expect the lines of the file beside it
     */
    public record Vector(String name, Path path, Map<String, String> expect) {
        /** The exact bytes. */
        public byte[] bytes() {
            try {
                return Files.readAllBytes(path);
            } catch (IOException e) {
                throw new AssertionError("cannot read " + path, e);
            }
        }

        /** Whether the name says that it must be accepted. */
        public boolean good() {
            return name.startsWith("good-");
        }

        /** What the file says of this key; it must say something. */
        public String expect(String key) {
            String value = expect.get(key);
            if (value == null) {
                throw new AssertionError(name + ".expect does not say " + key);
            }
            return value;
        }

        @Override
        public String toString() {
            return name + ": " + expect.getOrDefault("about", "");
        }
    }

    private Vectors() {}

    /**
     * The vectors of a folder by name.
     *
     * @param ending of the data files, with its dot
     * @throws AssertionError if there is none, or a file without its partner
     */
    public static List<Vector> in(String folder, String ending) {
        Path dir = root().resolve("spec/vectors").resolve(folder);
        List<Vector> vectors = new ArrayList<>();
        try (Stream<Path> list = Files.list(dir)) {
            List<Path> files = list.sorted().toList();
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(ending)) {
                    String stem = name.substring(0, name.length() - ending.length());
                    if (!stem.startsWith("good-") && !stem.startsWith("bad-")) {
                        throw new AssertionError(file + " is neither good nor bad");
                    }
                    vectors.add(new Vector(stem, file, expectations(dir.resolve(stem + ".expect"))));
                } else if (name.endsWith(".expect")
                        && !files.contains(dir.resolve(name.replaceAll("\\.expect$", "") + ending))) {
                    throw new AssertionError(file + " expects something of nothing");
                }
            }
        } catch (IOException e) {
            throw new AssertionError("cannot read " + dir, e);
        }
        if (vectors.isEmpty()) {
            throw new AssertionError("no vectors in " + dir);
        }
        return vectors;
    }

    /** The root of the project, wherever the tests run. */
    public static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (dir != null && !Files.isDirectory(dir.resolve("spec/vectors"))) {
            dir = dir.getParent();
        }
        if (dir == null) {
            throw new AssertionError("no spec/vectors above " + Path.of("").toAbsolutePath());
        }
        return dir;
    }

    private static Map<String, String> expectations(Path file) throws IOException {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String line : Files.readString(file, UTF_8).split("\n")) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1 || lines.put(line.substring(0, equals), line.substring(equals + 1)) != null) {
                throw new AssertionError(file + ": " + line);
            }
        }
        return lines;
    }
}
