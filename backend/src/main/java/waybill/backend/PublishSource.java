package waybill.backend;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;

/**
 * The files of a folder that is to be published, as they were found.
 *
 * @param folder which
 * @param files in the order of their names
 */
public record PublishSource(Path folder, List<Item> files) {

    /** One regular file; its size as it was found. */
    public record Item(FileName name, Path file, long size) {}

    /**
     * Looks through a folder and those in it. Links are not followed and nothing is left out: what cannot be published is
     * an error that names it.
     *
     * @throws BackendSetupException MISSING if there is no such folder; BAD_FILE for a link, a device, a name in another
     *     form, for no file at all or too many
     */
    public static PublishSource scan(Path folder) throws IOException, BackendSetupException {
        if (!Files.isDirectory(folder)) {
            throw new BackendSetupException(Kind.BAD_FILE, folder + " is no folder");
        }
        List<Item> files = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!attributes.isRegularFile()) {
                    bad.add(file + " is " + (attributes.isSymbolicLink() ? "a link" : "no regular file"));
                } else {
                    try {
                        files.add(new Item(name(folder, file), file, attributes.size()));
                    } catch (IllegalArgumentException e) {
                        bad.add(file + " has a name that cannot be published");
                    }
                }
                return bad.isEmpty() && files.size() <= CatalogueList.MAX_FILES
                        ? FileVisitResult.CONTINUE
                        : FileVisitResult.TERMINATE;
            }
        });
        if (!bad.isEmpty()) {
            throw new BackendSetupException(Kind.BAD_FILE, bad.getFirst());
        }
        if (files.isEmpty()) {
            throw new BackendSetupException(Kind.BAD_FILE, folder + " has no files: nothing would be left");
        }
        if (files.size() > CatalogueList.MAX_FILES) {
            throw new BackendSetupException(
                    Kind.BAD_FILE, folder + " has more than " + CatalogueList.MAX_FILES + " files");
        }
        files.sort(Comparator.comparing(Item::name));
        return new PublishSource(folder, List.copyOf(files));
    }

    /** Bytes of all files together. */
    public long bytes() {
        return files.stream().mapToLong(Item::size).sum();
    }

    private static FileName name(Path folder, Path file) {
        StringBuilder name = new StringBuilder();
        for (Path part : folder.relativize(file)) {
            name.append(name.isEmpty() ? "" : "/").append(part);
        }
        return new FileName(name.toString());
    }
}
