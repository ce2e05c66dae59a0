package waybill.update;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;

/** Where a fetched file belongs. Pure but for the disk. */
public final class Target {
    private Target() {}

    /**
     * The place of a published file in a folder of this machine; the folders between are made.
     *
     * @throws FileSystemException if a link leads out of the folder, or something else is in the way
     */
    static Path under(Path directory, FileName name) throws IOException {
        Path target = directory.resolve(name.text());
        Path parent = DurableFiles.parentOf(target);
        // Looked at from above: nothing is made behind a link that leads out.
        Path there = directory;
        for (Path part : directory.toAbsolutePath().relativize(parent)) {
            if (!part.toString().isEmpty()) {
                there = there.resolve(part);
                if (Files.isSymbolicLink(there)) {
                    throw new FileSystemException(there.toString(), null, "a link is in the way");
                }
                DurableFiles.directory(there, false);
            }
        }
        if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileSystemException(target.toString(), null, "a folder is in the way");
        }
        return target;
    }

    /** Whether a file is there already, byte for byte. */
    public static boolean has(Path target, long size, Sha256 sha256) throws IOException {
        if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS) || Files.size(target) != size) {
            return false;
        }
        MessageDigest digest = Sha256.newDigest();
        byte[] buffer = new byte[64 * 1024];
        try (InputStream in = Files.newInputStream(target)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return Sha256.ofDigest(digest.digest()).equals(sha256);
    }
}
