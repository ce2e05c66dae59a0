package waybill.update;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import waybill.protocol.BackendUrl;
import waybill.protocol.UpdateFault;
import waybill.signature.SignatureFault;
import waybill.trust.Blacklist;
import waybill.trust.KnownBackends;
import waybill.trust.Verdicts;

/**
 * What follows for a giver whose gift does not hold (section 10.6): what no honest one can give, since he checks first, is
 * proof, and puts him on the black list; the rest only ends his turn. The origin is black-listed by nobody. Safe for use by
 * several threads.
 */
public final class Blame {
    private final BackendUrl backend;
    private final List<X509Certificate> anchors;
    private final Blacklist blacklist;
    private final KnownBackends backends;

    /** Blames by this black list, under these anchors. */
    public Blame(BackendUrl backend, List<X509Certificate> anchors, Blacklist blacklist, KnownBackends backends) {
        this.backend = backend;
        this.anchors = List.copyOf(anchors);
        this.blacklist = blacklist;
        this.backends = backends;
    }

    /** Whether he is barred now. */
    public boolean bars(Giver giver) {
        return giver.who().subject().flatMap(blacklist::barring).isPresent();
    }

    /** Something of this backend verified. */
    void verified() throws IOException {
        backends.noteVerified(backend, anchors);
    }

    /** He gave something signed that does not verify. */
    void unverified(Giver giver, SignatureFault fault, byte[] cms, FetchWatch watch) throws IOException {
        watch.passedOver(giver, FetchWatch.Passing.UNVERIFIED, fault.kind() + ": " + fault.detail());
        boolean known = backends.verified(backend, anchors);
        if (Verdicts.of(fault.kind(), giver.proved(), known) != Verdicts.Verdict.UNVERIFIABLE) {
            condemn(giver, fault.kind() + ": " + fault.detail(), cms, watch);
        }
    }

    /** He gave what was signed, or its bytes, and it does not hold. */
    void faulty(Giver giver, UpdateFault fault, byte[] evidence, FetchWatch watch) {
        watch.passedOver(giver, FetchWatch.Passing.UNVERIFIED, fault.kind() + ": " + fault.detail());
        boolean proof =
                switch (fault.kind()) {
                    case WRONG_CONTENT -> true;
                    // The publisher's own doing, or somebody who is behind.
                    case MALFORMED, ROLLBACK, EQUIVOCATION, MIX_AND_MATCH -> false;
                };
        if (proof) {
            condemn(giver, fault.kind() + ": " + fault.detail(), evidence, watch);
        }
    }

    private void condemn(Giver giver, String detail, byte[] evidence, FetchWatch watch) {
        Optional<Blacklist.Subject> subject = giver.who().subject();
        if (subject.isPresent()) {
            byte[] kept = evidence.length == 0 ? detail.getBytes(StandardCharsets.UTF_8) : evidence;
            watch.penalty(blacklist.condemn(
                    subject.get(), Blacklist.Reason.FORGED_UPDATE, backend + ": " + detail, Optional.of(kept)));
        }
    }
}
