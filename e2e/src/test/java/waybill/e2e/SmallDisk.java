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
        return mount(place, "mount -t tmpfs -o size=" + mebibytes + "m none '" + place + "'");
    }

    /** A USB stick: a filesystem in a file, the one that sticks have where the machine knows it; without a device, in memory. */
    static SmallDisk stick(Path place, int mebibytes) {
        String image = "'" + place + ".img'";
        String fresh = "rm -f " + image + " && truncate -s " + mebibytes + "M " + image;
        String loop = " && mount -o loop " + image + " '" + place + "'; } >/dev/null 2>&1";
        return mount(
                place,
                "{ " + fresh + " && mkfs.vfat " + image + loop + " || { " + fresh + " && mkfs.ext4 -q -F " + image
                        + loop + " || mount -t tmpfs -o size=" + mebibytes + "m none '" + place + "'");
    }

    private static SmallDisk mount(Path place, String command) {
        try {
            Files.createDirectories(place);
            // Whoever holds a mount namespace holds what is mounted in it.
            Process holder = new ProcessBuilder(
                            "unshare", "-m", "sh", "-c", command + " && echo mounted && exec sleep 900")
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
