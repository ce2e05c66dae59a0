package waybill.relay;

import java.io.IOException;
import waybill.hop.GivenFile;
import waybill.hop.UpdateService;
import waybill.origin.Copies;
import waybill.origin.Origin;
import waybill.protocol.BackendUrl;
import waybill.protocol.FileName;
import waybill.protocol.OriginPath;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/** What a relay gives at an alias: its backend's updates, and copies from origins that its operator named. */
record RelayUpdates(UpdateService updates, OriginWay origins, Copies copies) implements UpdateService {
    @Override
    public BackendUrl backend() {
        return updates.backend();
    }

    @Override
    public byte[] catalogue() throws ProblemException, IOException, InterruptedException {
        return updates.catalogue();
    }

    @Override
    public byte[] release(FileName name) throws ProblemException, IOException, InterruptedException {
        return updates.release(name);
    }

    @Override
    public Named named(FileName name) throws ProblemException, IOException, InterruptedException {
        return updates.named(name);
    }

    @Override
    public Content content(Sha256 digest) throws ProblemException, IOException, InterruptedException {
        return updates.content(digest);
    }

    @Override
    public GivenFile copy(Sha256 origin, OriginPath path, String agent)
            throws ProblemException, IOException, InterruptedException {
        Origin named =
                origins.find(origin).orElseThrow(() -> new ProblemException(Problem.NOT_FOUND, "no such origin here"));
        return copies.get(named, path, agent, Copies.Dating.ORIGIN);
    }
}
