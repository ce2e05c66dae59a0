package waybill.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A filesystem of a few MiB that really runs full; only what is run {@link #inside} sees it, the machine does not. */
final class SmallDisk implements AutoCloseable {
    private final Process holder;
    private final Path place;

    private SmallDisk(Process holder, Path place) {
        this.holder = holder;
        this.place = place;
    }

    static SmallDisk mount(Path place, int mebibytes) {
        try {
            Files.createDirectories(place);
            // Whoever holds a mount namespace holds what is mounted in it.
            Process holder = new ProcessBuilder(
                            "unshare",
                            "-m",
                            "sh",
                            "-c",
                            "mount -t tmpfs -o size=" + mebibytes + "m none '" + place
                                    + "' && echo mounted && exec sleep 900")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (!"mounted".equals(holder.inputReader(StandardCharsets.UTF_8).readLine())) {
                throw new AssertionError("no small filesystem could be mounted");
            }
            return new SmallDisk(holder, place);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command as one that sees this filesystem. */
    List<String> inside(List<String> command) {
        return Shell.list(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m"), command);
    }

    /** Its root for those inside. */
    Path place() {
        return place;
    }

    /** A file of it, for us outside. */
    Path seen(String name) {
        return Path.of("/proc/" + holder.pid() + "/root" + place + "/" + name);
    }

    /** Takes the last free byte. */
    void fill() {
        Shell.Result result =
                Shell.run("dd", "if=/dev/zero", "of=" + seen("fill"), "bs=4k", "oflag=append", "conv=notrunc");
        if (result.code() == 0 || !result.err().contains("o space left")) {
            throw new AssertionError("the small filesystem does not run full: " + result);
        }
    }

    /** Gives back what {@link #fill} took. */
    void free() throws IOException {
        Files.delete(seen("fill"));
    }

    @Override
    public void close() {
        holder.destroy();
    }
}
