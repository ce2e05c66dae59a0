package waybill.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static waybill.signature.SignatureVectors.BACKEND;
import static waybill.signature.SignatureVectors.HOST;
import static waybill.signature.SignatureVectors.ID;
import static waybill.signature.SignatureVectors.PROFILE;
import static waybill.signature.SignatureVectors.RECEIPT;
import static waybill.signature.SignatureVectors.RECEIVED;
import static waybill.signature.SignatureVectors.SHA256;
import static waybill.signature.SignatureVectors.SIZE;
import static waybill.signature.SignatureVectors.bytes;
import static waybill.signature.SignatureVectors.claimed;
import static waybill.signature.SignatureVectors.cms;
import static waybill.signature.SignatureVectors.known;

import java.time.Instant;
import java.util.Optional;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.protocol.VectorWriter;
import waybill.signature.SignatureFault.Kind;
import waybill.signature.TestCertificate.Spec;

/** Refusals and profiles: what is other with them than with receipts. */
final class OutcomeVectors {
    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");

    private final VectorWriter out;
    private final TestPki pki;
    private final TestCertificate other;

    OutcomeVectors(VectorWriter out, TestPki pki, TestCertificate other) {
        this.out = out;
        this.pki = pki;
        this.other = other;
    }

    void write() {
        refusals();
        profiles();
    }

    private void refusals() {
        Packet.Refusal right = refusal(ID, SIZE, SHA256, claimed());
        known(out.good("refusal", "p256", "too large for the backend")).is(cms(pki.receipt(), right));
        known(out.good("refusal", "nothing-claimed", "the sender claimed no contents"))
                .said("contents", "")
                .is(cms(pki.receipt(), refusal(ID, SIZE, SHA256, Optional.empty())));
        Sha256 digest = Sha256.of("other bytes".getBytes(UTF_8));
        TaskId id = TaskId.parse("019ca8f3-4400-7abc-8def-0123456789ac");
        badRefusal("delivery-id", Kind.WRONG_DELIVERY, "another task", refusal(id, SIZE, SHA256, claimed()));
        badRefusal("delivery-size", Kind.WRONG_DELIVERY, "another size", refusal(ID, 1, SHA256, claimed()));
        badRefusal("delivery-sha256", Kind.WRONG_DELIVERY, "other bytes", refusal(ID, SIZE, digest, claimed()));
        badRefusal(
                "delivery-contents",
                Kind.WRONG_DELIVERY,
                "other contents",
                refusal(ID, SIZE, SHA256, Optional.of(digest)));
        badRefusal(
                "delivery-no-contents",
                Kind.WRONG_DELIVERY,
                "the claim of contents is not echoed",
                refusal(ID, SIZE, SHA256, Optional.empty()));
        known(out.bad("refusal", "publisher-key", Kind.WRONG_ROLE.name(), "the publisher's key signed a refusal"))
                .is(cms(pki.publisher(), right));
        known(out.bad("refusal", "self-signed", Kind.UNKNOWN_CHAIN.name(), "a certificate of the liar's own"))
                .is(cms(TestCertificate.root(TestSuite.P256, Spec.leaf(HOST, Role.RECEIPT)), right));
        known(out.bad("refusal", "packet-flipped", Kind.BAD_SIGNATURE.name(), "a receipt made into a refusal"))
                .is(new TestCms(pki.receipt(), bytes(right)).digested(bytes(RECEIPT)));
    }

    private void badRefusal(String name, Kind kind, String about, Packet.Refusal packet) {
        known(out.bad("refusal", name, kind.name(), about)).is(cms(pki.receipt(), packet));
    }

    private void profiles() {
        profile("receipt-key", Kind.WRONG_ROLE, "the receipt key signed a profile")
                .is(cms(pki.receipt(), PROFILE));
        profile("receipt", Kind.WRONG_DELIVERY, "a receipt instead of a profile")
                .is(cms(pki.receipt()));
        profile("expired", Kind.EXPIRED, "the profile has expired")
                .said("now", PROFILE.expires())
                .is(cms(pki.publisher(), PROFILE));
        TestCertificate leaf =
                pki.root().issue(TestSuite.P256, Spec.leaf(HOST, Role.PUBLISHER).between(Spec.FROM, MARCH));
        profile("certificate-expired", Kind.EXPIRED, "the publisher's certificate has expired")
                .is(cms(leaf, PROFILE));
        profile("delivery-href", Kind.WRONG_DELIVERY, "the profile of another backend of the same host")
                .said("backend", "https://backend.example/outbox")
                .is(cms(pki.publisher(), PROFILE));
        TestCertificate elsewhere = pki.root().issue(TestSuite.P256, Spec.leaf("other.example", Role.PUBLISHER));
        profile("name", Kind.WRONG_NAME, "the publisher of another host").is(cms(elsewhere, PROFILE));
        profile("other-authority", Kind.UNKNOWN_CHAIN, "an authority of the same name with another key")
                .is(cms(other.issue(TestSuite.P256, Spec.leaf(HOST, Role.PUBLISHER)), PROFILE));
        profile("bare-packet", Kind.MALFORMED, "the profile without a signature")
                .is(bytes(PROFILE));
        profile("rsa-1024", Kind.ALGORITHM_NOT_ALLOWED, "an RSA key of 1,024 bits, not allowed by name")
                .is(cms(pki.root().issue(TestSuite.RSA_1024, Spec.leaf(HOST, Role.PUBLISHER)), PROFILE));
        known(out.good("profile", "p256", "what a sender must know beforehand")).is(cms(pki.publisher(), PROFILE));
        known(out.good("profile", "last-second", "one second before it expires"))
                .said("now", PROFILE.expires().minusSeconds(1))
                .is(cms(pki.publisher(), PROFILE));
    }

    private VectorWriter.Draft profile(String name, Kind kind, String about) {
        return known(out.bad("profile", name, kind.name(), about));
    }

    private static Packet.Refusal refusal(TaskId id, long size, Sha256 sha256, Optional<Sha256> contents) {
        return new Packet.Refusal(id, BACKEND, size, sha256, contents, Problem.TOO_LARGE, RECEIVED);
    }
}
