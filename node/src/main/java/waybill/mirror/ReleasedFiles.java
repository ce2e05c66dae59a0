package waybill.mirror;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import waybill.hop.FaceService;
import waybill.hop.GivenFile;
import waybill.hop.UpdateService;
import waybill.hop.UpdateService.Content;
import waybill.protocol.FileName;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.update.Vetting;

/**
 * What a backend publishes, each file at its name: verified before a byte goes out, passed on while it arrives, and given as
 * long as the last catalogue holds, whether or not there is a network. Safe for use by several threads.
 */
final class ReleasedFiles implements FaceService {
    private final UpdateService updates;
    private final Vetting vetting;
    private final TakenUp takenUp;

    ReleasedFiles(UpdateService updates, Vetting vetting, TakenUp takenUp) {
        this.updates = updates;
        this.vetting = vetting;
        this.takenUp = takenUp;
    }

    @Override
    public GivenFile file(String path, String agent) throws ProblemException, IOException, InterruptedException {
        FileName name = nameOf(path);
        UpdateService.Named named = updates.named(name);
        Optional<Vetting.Catalogue> catalogue = vetting.held();
        Instant since =
                catalogue.isPresent() ? takenUp.since(catalogue.get(), name, named.sha256()) : named.published();
        return new GivenFile(
                new Noted(updates.content(named.sha256()), name, named.sha256()),
                Optional.of("\"" + named.sha256() + "\""),
                Optional.of(since.isBefore(named.published()) ? named.published() : since),
                GivenFile.BYTES);
    }

    private static FileName nameOf(String path) throws ProblemException {
        try {
            return new FileName(path);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.NOT_FOUND, "the backend publishes no such file");
        }
    }

    /** Notes when the last byte was given. */
    private final class Noted implements Content {
        private final Content content;
        private final FileName name;
        private final Sha256 sha256;

        Noted(Content content, FileName name, Sha256 sha256) {
            this.content = content;
            this.name = name;
            this.sha256 = sha256;
        }

        @Override
        public long size() {
            return content.size();
        }

        @Override
        public InputStream open(long from, long length) throws ProblemException, IOException, InterruptedException {
            return content.open(from, length);
        }

        @Override
        public void close() throws IOException {
            content.close();
            takenUp.gave(name, sha256);
        }
    }
}
