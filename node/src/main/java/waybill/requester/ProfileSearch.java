package waybill.requester;

import java.io.IOException;
import java.util.Optional;
import waybill.hop.HopAnswer;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.requester.Exchange.Reply;
import waybill.requester.Journey.Passing;
import waybill.requester.Journey.Step;
import waybill.requester.outbox.Carrier;
import waybill.signature.SignatureFault;

/**
 * Finds the backend's profile before anything is sealed: the one kept from before while it is good, else from the backend
 * or through any relay, for it is signed (section 5). For one task and thread.
 */
final class ProfileSearch {
    /** After so many laps in which profiles were had, and none verified, the anchors are wrong rather than the relays. */
    private static final int LAPS_OF_DOUBT = 2;

    private final BackendUrl backend;
    private final Exchange exchange;
    private final Profiles profiles;
    private final Candidates candidates;
    private final Patience patience;
    private final Journey journey;
    private final Surroundings surroundings;
    private String detail = "";

    ProfileSearch(
            BackendUrl backend,
            Exchange exchange,
            Profiles profiles,
            Candidates candidates,
            Patience patience,
            Journey journey,
            Surroundings surroundings) {
        this.backend = backend;
        this.exchange = exchange;
        this.profiles = profiles;
        this.candidates = candidates;
        this.patience = patience;
        this.journey = journey;
        this.surroundings = surroundings;
    }

    /** What stood in the way last, for people. */
    String detail() {
        return detail.isEmpty() ? candidates.trouble() : detail;
    }

    /** The profile; empty if none was to be had in time. Whoever brought it is the next candidate again. */
    Optional<Packet.Profile> find(long size) throws IOException, InterruptedException {
        Optional<Packet.Profile> atHand = profiles.kept(backend);
        if (atHand.isEmpty()) {
            surroundings.fetching().lockInterruptibly();
            try {
                atHand = profiles.kept(backend);
                if (atHand.isEmpty()) {
                    return findAnew(size);
                }
            } finally {
                surroundings.fetching().unlock();
            }
        }
        journey.reached(new Step.ProfileKnown(atHand.get(), Optional.empty()));
        return atHand;
    }

    /** As {@link #find}, but the one kept from before is not enough. */
    Optional<Packet.Profile> findAnew(long size) throws IOException, InterruptedException {
        int doubtful = 0;
        while (true) {
            boolean doubt = false;
            boolean mishap = false;
            Optional<Carrier> next = candidates.next(size);
            while (next.isPresent()) {
                Carrier carrier = next.get();
                switch (exchange.profile(carrier, backend)) {
                    case Reply.Answered(HopAnswer.Cms(byte[] cms)) -> {
                        Optional<Packet.Profile> profile = verified(carrier, cms);
                        if (profile.isPresent()) {
                            candidates.putBack(carrier);
                            journey.reached(new Step.ProfileKnown(profile.get(), next));
                            return profile;
                        }
                        doubt = true;
                    }
                    case Reply.Answered(HopAnswer.Failed failed) -> {
                        mishap = true;
                        pass(carrier, Passing.DECLINED, failed.status() + " " + failed.detail());
                    }
                    case Reply.Answered(HopAnswer other) -> {
                        candidates.leaveRelay(carrier);
                        pass(carrier, Passing.NONSENSE, other.getClass().getSimpleName());
                    }
                    case Reply.Unreachable(String words) -> {
                        mishap = true;
                        candidates.unreachable(carrier);
                        pass(carrier, Passing.UNREACHABLE, words);
                    }
                    case Reply.Broken(String words) -> {
                        mishap = true;
                        pass(carrier, Passing.BROKEN, words);
                    }
                    case Reply.WrongPeer(String words) -> {
                        candidates.leaveRelay(carrier);
                        pass(carrier, Passing.WRONG_PEER, words);
                    }
                }
                next = candidates.next(size);
            }
            // The anchors are in doubt only if all who said anything brought what does not verify under them.
            doubtful = doubt && !mishap ? doubtful + 1 : doubtful;
            if (doubtful >= LAPS_OF_DOUBT || !patience.pauseBeforeNextLap()) {
                return Optional.empty();
            }
            candidates.nextLap();
        }
    }

    private Optional<Packet.Profile> verified(Carrier carrier, byte[] cms) throws IOException {
        try {
            Optional<Packet.Profile> profile = profiles.learn(cms, backend);
            if (profile.isPresent()) {
                return profile;
            }
            pass(carrier, Passing.BAD_PROFILE, "its serial is lower than one seen before");
        } catch (SignatureFault e) {
            pass(carrier, Passing.BAD_PROFILE, e.kind() + ": " + e.detail());
        }
        candidates.leaveRelay(carrier);
        return Optional.empty();
    }

    private void pass(Carrier carrier, Passing why, String words) {
        detail = carrier + ": " + words;
        journey.reached(new Step.PassedOver(carrier, why, words));
    }
}
