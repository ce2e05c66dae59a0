package waybill.hop;

import java.io.IOException;
import waybill.protocol.ProblemException;

/**
 * A tree of files for clients that know nothing of this protocol, to be read and no more. Called by many virtual threads at
 * once.
 */
@FunctionalInterface
public interface FaceService {
    /**
     * The file at a path; what there is not is {@link waybill.protocol.Problem#NOT_FOUND}.
     *
     * @param path segments of printable ASCII, decoded, none of them empty, {@code .} or {@code ..}; without the first slash
     * @param agent what the client calls itself, at most 200 printable characters; empty where it says nothing
     */
    GivenFile file(String path, String agent) throws ProblemException, IOException, InterruptedException;
}
