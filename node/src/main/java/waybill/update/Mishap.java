package waybill.update;

import java.io.IOException;
import waybill.hop.HopClient;

/** A call that ended without an answer. */
record Mishap(FetchWatch.Passing why, String words) {
    /** What an exception of the client half means; an interrupted call is no fault of the peer's. */
    static Mishap of(IOException e) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        FetchWatch.Passing why =
                switch (e) {
                    case HopClient.WrongPeerException _ -> FetchWatch.Passing.WRONG_PEER;
                    case HopClient.UnreachableException _ -> FetchWatch.Passing.UNREACHABLE;
                    default -> FetchWatch.Passing.BROKEN;
                };
        return new Mishap(why, String.valueOf(e.getMessage()));
    }
}
