package waybill.requester;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import waybill.parcel.Manifest;
import waybill.parcel.Parcel;

/**
 * The files a person named, as they go into a parcel: regular files by their name, directories as the regular files under
 * them by their relative names (section 4). Links are not followed, and nothing is left out silently.
 */
final class FileInputs {
    static final int MAX_DEPTH = 64;

    private final List<Input> files = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private FileInputs() {}

    /** An error of one file, on its way through the sealing. */
    static final class Failure extends IOException {
        private final SealException fault;

        Failure(SealException fault) {
            super(fault.getMessage(), fault);
            this.fault = fault;
        }

        SealException fault() {
            return fault;
        }
    }

    /** One regular file as it was found; reading notices if it is another by then. */
    record Input(Path path, String name, BasicFileAttributes found) implements Parcel.Source {
        @Override
        public long size() {
            return found.size();
        }

        @Override
        public Instant modified() {
            return found.lastModifiedTime().toInstant();
        }

        @Override
        public InputStream open() throws IOException {
            try {
                unchanged();
                return new FilterInputStream(Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
                    @Override
                    public void close() throws IOException {
                        super.close();
                        unchanged();
                    }
                };
            } catch (Failure e) {
                throw e;
            } catch (IOException e) {
                throw new Failure(new SealException(SealException.Kind.UNREADABLE, path, e));
            }
        }

        private void unchanged() throws Failure {
            try {
                BasicFileAttributes now =
                        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (now.size() != found.size()
                        || !now.lastModifiedTime().equals(found.lastModifiedTime())
                        || !Objects.equals(now.fileKey(), found.fileKey())) {
                    throw new Failure(new SealException(SealException.Kind.CHANGED, path, ""));
                }
            } catch (Failure e) {
                throw e;
            } catch (IOException e) {
                throw new Failure(new SealException(SealException.Kind.CHANGED, path, e));
            }
        }
    }

    /** Looks at everything named; at least one file comes of it. */
    static List<Input> of(List<Path> named) throws SealException {
        FileInputs inputs = new FileInputs();
        for (Path path : named) {
            Path name = path.getFileName();
            BasicFileAttributes found = look(path);
            if (found.isDirectory()) {
                int before = inputs.files.size();
                inputs.directory(path, "", 0);
                if (inputs.files.size() == before) {
                    throw new SealException(SealException.Kind.EMPTY, path, "");
                }
            } else {
                inputs.file(path, name == null ? "" : name.toString(), found);
            }
        }
        if (inputs.files.isEmpty()) {
            throw new SealException(SealException.Kind.EMPTY, Path.of(""), "no file was named");
        }
        return List.copyOf(inputs.files);
    }

    /** One regular file, by this name. */
    static List<Input> of(Path path, String name) throws SealException {
        FileInputs inputs = new FileInputs();
        inputs.file(path, name, look(path));
        return inputs.files;
    }

    private void directory(Path directory, String prefix, int depth) throws SealException {
        if (depth > MAX_DEPTH) {
            throw new SealException(SealException.Kind.TOO_MANY, directory, "deeper than " + MAX_DEPTH);
        }
        List<Path> inside = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path path : stream) {
                inside.add(path);
                if (inside.size() > Manifest.MAX_FILES) {
                    throw new SealException(SealException.Kind.TOO_MANY, directory, "");
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            throw new SealException(SealException.Kind.UNREADABLE, directory, e);
        }
        inside.sort(null);
        for (Path path : inside) {
            String name = prefix + path.getFileName();
            BasicFileAttributes found = look(path);
            if (found.isDirectory()) {
                directory(path, name + "/", depth + 1);
            } else {
                file(path, name, found);
            }
        }
    }

    private void file(Path path, String name, BasicFileAttributes found) throws SealException {
        if (!found.isRegularFile()) {
            throw new SealException(
                    SealException.Kind.NOT_REGULAR, path, found.isSymbolicLink() ? "a symbolic link" : "");
        }
        if (!Files.isReadable(path)) {
            throw new SealException(SealException.Kind.UNREADABLE, path, "");
        }
        // A name that is no text would come out as another one.
        if (path.getFileSystem() == FileSystems.getDefault() && !path.equals(Path.of(path.toString()))) {
            throw new SealException(SealException.Kind.BAD_NAME, path, "a name that is no text");
        }
        if (!names.add(name)) {
            throw new SealException(SealException.Kind.DUPLICATE, path, name);
        }
        if (files.size() == Manifest.MAX_FILES) {
            throw new SealException(SealException.Kind.TOO_MANY, path, "more than " + Manifest.MAX_FILES);
        }
        files.add(new Input(path, name, found));
    }

    private static BasicFileAttributes look(Path path) throws SealException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw new SealException(SealException.Kind.MISSING, path, e);
        } catch (IOException e) {
            throw new SealException(SealException.Kind.UNREADABLE, path, e);
        }
    }
}
