package waybill.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes vectors as {@code spec/vectors/README.md} says, into folders it empties first. */
public final class VectorWriter {
    private final Path vectors;
    private final String ending;

    /** Writes below this folder, with this ending. */
    public VectorWriter(Path vectors, String ending, List<String> folders) {
        this.vectors = vectors;
        this.ending = ending;
        folders.forEach(this::empty);
    }

    /** A file that several vectors need. */
    public void shared(String folder, String name, String text) {
        write(vectors.resolve(folder).resolve(name), text.getBytes(UTF_8));
    }

    /** A vector that must be accepted. */
    public Draft good(String folder, String name, String about) {
        return new Draft(vectors.resolve(folder), "good-" + name, "OK", about);
    }

    /** A vector that must be refused. */
    public Draft bad(String folder, String name, String kind, String about) {
        return new Draft(vectors.resolve(folder), "bad-" + name, kind, about);
    }

    private void empty(String folder) {
        try {
            Path dir = Files.createDirectories(vectors.resolve(folder));
            try (Stream<Path> files = Files.list(dir)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A vector to be. */
    public final class Draft {
        private final Path folder;
        private final String name;
        private final Map<String, String> lines = new LinkedHashMap<>();

        Draft(Path folder, String name, String kind, String about) {
            this.folder = folder;
            this.name = name;
            lines.put("about", about);
            lines.put("kind", kind);
        }

        /** What the reader has to know, or should find. */
        public Draft said(String key, Object value) {
            lines.put(key, value.toString());
            return this;
        }

        /** The data, made only now. */
        public void is(Supplier<byte[]> bytes) {
            is(bytes.get());
        }

        /** The data. */
        public void is(byte[] bytes) {
            write(folder.resolve(name + ending), bytes);
            String text = lines.entrySet().stream()
                    .map(line -> line.getKey() + "=" + line.getValue() + "\n")
                    .collect(Collectors.joining());
            write(folder.resolve(name + ".expect"), text.getBytes(UTF_8));
        }
    }
}
