package waybill.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import waybill.store.DurableFiles;

/** The demo's directory, which goes again if the demo fails before there is anything in it to look at. For one thread. */
final class Scene {
    private final Path directory;
    private final List<Path> made;

    private Scene(Path directory, List<Path> made) {
        this.directory = directory;
        this.made = made;
    }

    /** Makes the directory, and those above it that are missing; one that is there is empty. */
    static Scene open(Path directory) throws IOException {
        List<Path> missing = Stream.iterate(directory.toAbsolutePath(), path -> path != null, Path::getParent)
                .takeWhile(path -> !Files.exists(path))
                .toList();
        DurableFiles.directory(directory, false);
        return new Scene(directory, missing);
    }

    /** Where everything goes. */
    Path directory() {
        return directory;
    }

    /** The small text that is sent where nobody named a file. */
    Path sample() {
        return directory.resolve("crash report.txt");
    }

    /**
     * After a failure: takes away what was made, unless there is something in it to look at, which is all but empty files
     * and the sample.
     *
     * @return whether it is kept
     */
    boolean failed() throws IOException {
        List<Path> inside;
        try (Stream<Path> walk = Files.walk(directory)) {
            inside = walk.filter(path -> !path.equals(directory))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path path : inside) {
            if (!Files.isDirectory(path) && !path.equals(sample()) && Files.size(path) > 0) {
                return true;
            }
        }
        for (Path path : inside) {
            DurableFiles.delete(path);
        }
        for (Path path : made) {
            DurableFiles.delete(path);
        }
        return false;
    }
}
