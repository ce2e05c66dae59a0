package waybill.signature;

import java.math.BigInteger;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.Sha256;
import waybill.signature.SignatureFault.Kind;

/**
 * Verifies packets in CMS (RFC 5652) in the order of section 5, from verified bytes only. Chains once validated are
 * cached within bounds. Safe for use by several threads.
 *
 * <p>A signature is checked by the JDK over exactly the bytes that were signed, and the packet is parsed from exactly the
 * bytes whose digest was. The JVM's own certificate policy ({@code jdk.certpath.disabledAlgorithms}) stays in force: as
 * it comes it allows all that {@link TrustPolicy} can, RSA of 1,024 bits included, and one that was made stricter counts
 * as {@link Kind#ALGORITHM_NOT_ALLOWED}.
 */
public final class SignedPackets {
    /** The most bytes of a CMS. */
    public static final int MAX_BYTES = 64 * 1024;

    private final TrustPolicy policy;
    private final InstantSource clock;
    private final Algorithms algorithms;
    private final Chains chains;

    /** A verifier under this policy; the clock is asked once per call. */
    public SignedPackets(TrustPolicy policy, InstantSource clock) {
        this.policy = policy;
        this.clock = clock;
        this.algorithms = new Algorithms(policy.allowRsa1024());
        this.chains = new Chains(policy.anchors(), algorithms);
    }

    /**
     * Verifies what a backend answered to a delivery: a {@link Packet.Receipt} or a {@link Packet.Refusal}.
     *
     * @param key what was sent; where it carries contents, the packet must echo them
     * @param size bytes sent
     * @throws SignatureFault with the first check that failed
     */
    public Signed<Packet> outcome(byte[] cms, BackendUrl backend, DeliveryKey key, long size) throws SignatureFault {
        Instant now = clock.instant();
        Verified verified = verify(cms, now);
        verified.check(backend.host());
        Outcome outcome = Outcome.of(verified.packet());
        outcome.checkDelivery(backend, key, size);
        checkSkew("received", outcome.received(), now);
        return verified.signed(verified.packet());
    }

    /**
     * Verifies a receipt or refusal that stands alone, as an auditor does: everything but what was sent is checked, the
     * name against the packet's own {@code href}.
     *
     * @throws SignatureFault with the first check that failed
     */
    public Signed<Packet> standalone(byte[] cms) throws SignatureFault {
        Instant now = clock.instant();
        Verified verified = verify(cms, now);
        Outcome outcome = Outcome.of(verified.packet());
        verified.check(outcome.backend().host());
        checkSkew("received", outcome.received(), now);
        return verified.signed(verified.packet());
    }

    /**
     * Verifies a backend's profile; its chain must be valid now, and it must not have expired.
     *
     * @throws SignatureFault with the first check that failed; an old profile is {@code EXPIRED}
     */
    public Signed<Packet.Profile> profile(byte[] cms, BackendUrl backend) throws SignatureFault {
        Instant now = clock.instant();
        Verified verified = verify(cms, now);
        verified.check(backend.host());
        if (!(verified.packet() instanceof Packet.Profile profile)) {
            throw new SignatureFault(
                    Kind.WRONG_DELIVERY, "a " + verified.packet().type() + ", where a profile is due");
        }
        if (!profile.backend().equals(backend)) {
            throw new SignatureFault(Kind.WRONG_DELIVERY, "href is " + profile.backend());
        }
        if (!profile.expires().isAfter(now)) {
            throw new SignatureFault(Kind.EXPIRED, "the profile expired at " + profile.expires());
        }
        return verified.signed(profile);
    }

    /**
     * Verifies the release of a file (section 10.5); its chain must be valid now, and it must not have expired. Whether it
     * is older than what was seen before the caller asks {@link waybill.protocol.Mark}.
     *
     * @throws SignatureFault with the first check that failed; an old release is {@code EXPIRED}
     */
    public Signed<Packet.Release> release(byte[] cms, FileUrl file) throws SignatureFault {
        Instant now = clock.instant();
        Verified verified = verify(cms, now);
        verified.check(file.backend().host());
        if (!(verified.packet() instanceof Packet.Release release)) {
            throw new SignatureFault(
                    Kind.WRONG_DELIVERY, "a " + verified.packet().type() + ", where a release is due");
        }
        if (!release.file().equals(file)) {
            throw new SignatureFault(Kind.WRONG_DELIVERY, "href is " + release.file());
        }
        checkTimes(release.published(), release.expires(), now);
        return verified.signed(release);
    }

    /**
     * Verifies a backend's catalogue (section 10.5), likewise. Its list is another matter:
     * {@link waybill.protocol.CatalogueList#of}.
     *
     * @throws SignatureFault with the first check that failed; an old catalogue is {@code EXPIRED}
     */
    public Signed<Packet.Catalogue> catalogue(byte[] cms, BackendUrl backend) throws SignatureFault {
        Instant now = clock.instant();
        Verified verified = verify(cms, now);
        verified.check(backend.host());
        if (!(verified.packet() instanceof Packet.Catalogue catalogue)) {
            throw new SignatureFault(
                    Kind.WRONG_DELIVERY, "a " + verified.packet().type() + ", where a catalogue is due");
        }
        if (!catalogue.backend().equals(backend)) {
            throw new SignatureFault(Kind.WRONG_DELIVERY, "href is " + catalogue.backend());
        }
        checkTimes(catalogue.published(), catalogue.expires(), now);
        return verified.signed(catalogue);
    }

    private void checkTimes(Instant published, Instant expires, Instant now) throws SignatureFault {
        if (!expires.isAfter(now)) {
            throw new SignatureFault(Kind.EXPIRED, "it expired at " + expires);
        }
        checkSkew("published", published, now);
    }

    /** Section 5, steps 1 to 4. */
    private Verified verify(byte[] bytes, Instant now) throws SignatureFault {
        // Step 1: well-formed.
        CmsPacket cms = CmsPacket.read(bytes);
        // Step 2: the algorithms of the packet and its leaf. The rest of the chain is not known yet: step 4.
        algorithms.checkCertificate(cms.leaf());
        Algorithms.Scheme scheme =
                algorithms.ofPacket(cms.algorithm(), cms.digest(), cms.leaf().getPublicKey());
        // Step 3: the signature, and by it the packet's digest.
        checkSignature(cms, scheme);
        // From here on the bytes are what the leaf's owner signed, whoever that is.
        Packet packet = parse(cms, now);
        Role role;
        Instant time;
        switch (packet) {
            case Packet.Receipt receipt -> {
                role = Role.RECEIPT;
                time = receipt.received();
            }
            case Packet.Refusal refusal -> {
                role = Role.RECEIPT;
                time = refusal.received();
            }
            case Packet.Profile _, Packet.Release _, Packet.Catalogue _ -> {
                role = Role.PUBLISHER;
                time = now;
            }
            case Packet.Request request -> throw notSigned(request);
            case Packet.Response response -> throw notSigned(response);
            case Packet.Located located -> throw notSigned(located);
            case Packet.Label label -> throw notSigned(label);
        }
        // Step 4: the chain.
        chains.check(cms, time);
        return new Verified(packet, role, cms, scheme.name());
    }

    private static void checkSignature(CmsPacket cms, Algorithms.Scheme scheme) throws SignatureFault {
        try {
            Signature verifier = Signature.getInstance(scheme.name());
            if (scheme.pss().isPresent()) {
                verifier.setParameter(scheme.pss().get());
            }
            verifier.initVerify(cms.leaf().getPublicKey());
            verifier.update(cms.signedAttributes());
            if (cms.leaf().getPublicKey() instanceof ECPublicKey key) {
                checkRange(cms.signature(), key.getParams().getOrder());
            }
            if (!verifier.verify(cms.signature())) {
                throw new SignatureFault(Kind.BAD_SIGNATURE, "the signature does not fit");
            }
            byte[] digest = MessageDigest.getInstance(scheme.digest()).digest(cms.packet());
            if (!MessageDigest.isEqual(digest, cms.messageDigest())) {
                throw new SignatureFault(Kind.BAD_SIGNATURE, "the packet is not the one that was signed");
            }
        } catch (SignatureException | InvalidKeyException | InvalidAlgorithmParameterException e) {
            throw new SignatureFault(Kind.BAD_SIGNATURE, "the signature does not fit", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no " + scheme.name(), e);
        }
    }

    /** Both numbers of an ECDSA signature lie above 0 and below the order; a JDK once forgot to look (CVE-2022-21449). */
    private static void checkRange(byte[] signature, BigInteger order) throws SignatureFault {
        try {
            ASN1Sequence pair = ASN1Sequence.getInstance(signature);
            for (ASN1Encodable each : pair) {
                BigInteger number = ASN1Integer.getInstance(each).getValue();
                if (number.signum() <= 0 || number.compareTo(order) >= 0) {
                    throw new SignatureFault(Kind.BAD_SIGNATURE, "a number of the signature is out of its range");
                }
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new SignatureFault(Kind.BAD_SIGNATURE, "the signature is not two numbers", e);
        }
    }

    private Packet parse(CmsPacket cms, Instant now) throws SignatureFault {
        try {
            return PacketCodec.parse(cms.packet(), PacketCodec.MAX_CMS);
        } catch (PacketFault e) {
            if (e.kind() == PacketFault.Kind.UNKNOWN_TYPE || e.kind() == PacketFault.Kind.UNKNOWN_VERSION) {
                // What is not known has no time to check the chain at but the present. Only a backend's own word of
                // tomorrow passes; a stranger's is still a stranger's.
                chains.check(cms, now);
                throw new SignatureFault(Kind.UNKNOWN_PACKET, "signed, but not known here: " + e.getMessage(), e);
            }
            throw new SignatureFault(Kind.MALFORMED, "no packet inside: " + e.getMessage(), e);
        }
    }

    private static SignatureFault notSigned(Packet packet) {
        return new SignatureFault(Kind.MALFORMED, "a " + packet.type() + " does not travel in CMS");
    }

    private void checkSkew(String what, Instant time, Instant now) throws SignatureFault {
        if (time.isAfter(now.plus(policy.skew()))) {
            throw new SignatureFault(Kind.BEYOND_SKEW, what + " at " + time + ", and it is " + now);
        }
    }

    /** A packet whose signature and chain hold. */
    private record Verified(Packet packet, Role role, CmsPacket cms, String algorithm) {
        /** Section 5, step 5: name and role. */
        void check(String host) throws SignatureFault {
            LeafCertificate.check(cms.leaf(), host, role);
        }

        <P extends Packet> Signed<P> signed(P value) {
            return new Signed<>(value, cms.leaf(), algorithm);
        }
    }

    /** What receipts and refusals have in common: section 5, step 6. */
    private record Outcome(
            BackendUrl backend, DeliveryKey key, Optional<Sha256> contents, long size, Instant received) {
        static Outcome of(Packet packet) throws SignatureFault {
            return switch (packet) {
                case Packet.Receipt r ->
                    new Outcome(r.backend(), DeliveryKey.of(r.id(), r.sha256()), r.contents(), r.size(), r.received());
                case Packet.Refusal r ->
                    new Outcome(r.backend(), DeliveryKey.of(r.id(), r.sha256()), r.contents(), r.size(), r.received());
                default ->
                    throw new SignatureFault(
                            Kind.WRONG_DELIVERY, "a " + packet.type() + ", where a receipt or refusal is due");
            };
        }

        void checkDelivery(BackendUrl to, DeliveryKey sent, long bytes) throws SignatureFault {
            require(backend.equals(to), "href", backend);
            require(key.id().equals(sent.id()), "ID", key.id());
            require(size == bytes, "size", size);
            require(key.sha256().equals(sent.sha256()), "sha256", key.sha256());
            require(sent.contents().isEmpty() || sent.contents().equals(contents), "contents", contents);
        }

        private static void require(boolean holds, String attribute, Object found) throws SignatureFault {
            if (!holds) {
                throw new SignatureFault(Kind.WRONG_DELIVERY, attribute + " is " + found);
            }
        }
    }
}
