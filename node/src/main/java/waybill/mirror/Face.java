package waybill.mirror;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import waybill.hop.FaceService;
import waybill.hop.GivenFile;
import waybill.origin.Copies;
import waybill.origin.Origin;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;

/**
 * All that a mirror gives: below the name of an origin, copies of that; else what the backend publishes. Safe for use by
 * several threads.
 */
final class Face implements FaceService {
    private final FaceService released;
    private final Map<String, Origin> origins;
    private final Copies copies;

    Face(FaceService released, List<Origin> origins, Copies copies) {
        this.released = released;
        this.origins = origins.stream().collect(Collectors.toUnmodifiableMap(Origin::name, Function.identity()));
        this.copies = copies;
    }

    @Override
    public GivenFile file(String path, String agent) throws ProblemException, IOException, InterruptedException {
        int slash = path.indexOf('/');
        Origin origin = slash < 0 ? null : origins.get(path.substring(0, slash));
        if (origin == null) {
            return released.file(path, agent);
        }
        return copies.get(origin, below(path.substring(slash + 1)), agent, Copies.Dating.TAKEN);
    }

    private static OriginPath below(String path) throws ProblemException {
        try {
            return new OriginPath(path);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.NOT_FOUND, "no origin has such a path");
        }
    }
}
