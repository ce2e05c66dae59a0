package waybill.trust;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** stub */
public final class FileBlacklist implements Blacklist {
    private FileBlacklist() {}

    /**
     * Opens or makes the list in this directory.
     *
     * @throws IOException if the directory cannot be made
     */
    public static FileBlacklist open(Path directory, InstantSource clock) throws IOException {
        throw new IOException("not yet: " + directory + clock);
    }

    @Override
    public Optional<Entry> barring(Subject subject) {
        return Optional.empty();
    }

    @Override
    public Entry condemn(Subject subject, Reason reason, String detail, Optional<byte[]> evidence) {
        throw new UnsupportedOperationException(detail);
    }

    @Override
    public void delivered(Subject subject) {}

    @Override
    public List<Entry> list() {
        return List.of();
    }

    @Override
    public boolean pardon(String subject) {
        return false;
    }

    @Override
    public int clear() {
        return 0;
    }
}
