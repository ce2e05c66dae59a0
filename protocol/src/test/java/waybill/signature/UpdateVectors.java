package waybill.signature;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.x509.CRLReason;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.FileUrl;
import waybill.protocol.Mark;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.protocol.UpdateFault;
import waybill.protocol.VectorWriter;
import waybill.signature.SignatureFault.Kind;
import waybill.signature.TestCertificate.Spec;

/**
 * Makes {@code spec/vectors/release} and {@code catalogue} anew, with new keys:
 *
 * <pre>mvn -o test -pl protocol -Dtest=UpdateVectorsTest -Dwaybill.vectors.write=true</pre>
 *
 * <p>The reader wants {@link #FILE} at {@link #NOW}; publication 7 is the current one.
 */
final class UpdateVectors {
    static final String HOST = "backend.example";
    static final BackendUrl BACKEND = BackendUrl.parse("https://backend.example/inbox");
    static final FileUrl FILE = FileUrl.of(BACKEND, new FileName("av/main.cvd"));
    static final Instant PUBLISHED = Instant.parse("2026-03-01T12:00:00Z");
    static final Instant NOW = PUBLISHED.plusSeconds(86400);

    private static final String RELEASE = "release";
    private static final String CATALOGUE = "catalogue";
    private static final Instant EXPIRES = PUBLISHED.plusSeconds(7 * 86400);
    private static final TaskId ID = TaskId.parse("019ca8f3-4400-7abc-8def-0123456789ab");
    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");

    private final VectorWriter out;
    private final TestPki pki = TestPki.of(HOST);
    private final TestCertificate other = TestCertificate.root(TestSuite.P256, Spec.authority("Root of " + HOST));
    private final Packet.Release release = release(FILE, "the update", 7, PUBLISHED, EXPIRES);
    private final byte[] signed = pki.sign(release);
    private final Packet.Release beside = release(named("fw/rules"), "the rules", 7, PUBLISHED, EXPIRES);
    private final CatalogueList list = list(release, signed);

    UpdateVectors(VectorWriter out) {
        this.out = out;
    }

    void write() {
        for (String folder : List.of(RELEASE, CATALOGUE)) {
            out.shared(folder, "anchor.pem", pki.root().pem());
            out.shared(folder, "list-7.txt", text(list));
        }
        goodReleases();
        statefulReleases();
        goodCatalogues();
        statefulCatalogues();
        signatures(RELEASE, release);
        signatures(CATALOGUE, catalogue(list, 7));
    }

    private VectorWriter.Draft good(String folder, String name, String about) {
        return known(folder, out.good(folder, name, about));
    }

    private VectorWriter.Draft bad(String folder, String name, Enum<?> kind, String about) {
        return known(folder, out.bad(folder, name, kind.name(), about));
    }

    private static VectorWriter.Draft known(String folder, VectorWriter.Draft draft) {
        draft.said("anchors", "anchor.pem").said("now", NOW).said("backend", BACKEND);
        return folder.equals(RELEASE) ? draft.said("name", FILE.name()) : draft.said("list", "list-7.txt");
    }

    private static VectorWriter.Draft seen(VectorWriter.Draft draft, Mark mark) {
        return draft.said("seen", mark.number()).said("seen-packet", mark.packet());
    }

    private void goodReleases() {
        good(RELEASE, "first", "nothing of this backend was seen before").is(signed);
        good(RELEASE, "last-second", "one second before it expires")
                .said("now", EXPIRES.minusSeconds(1))
                .is(signed);
        seen(good(RELEASE, "next", "a lower number was seen before"), mark(6)).is(signed);
        seen(good(RELEASE, "again", "the very release that was seen before"), Mark.of(release))
                .is(signed);
        seen(good(RELEASE, "signed-again", "the very release that was seen before, in another CMS"), Mark.of(release))
                .is(pki.sign(release));
        held(good(RELEASE, "catalogued", "the catalogue that is held names it"), 7)
                .is(signed);
        held(good(RELEASE, "after-the-catalogue", "a later publication than the catalogue that is held"), 7)
                .is(pki.sign(release(FILE, "the next update", 8, NOW, EXPIRES)));
        held(good(RELEASE, "new-after-the-catalogue", "the same, and the catalogue has no such file"), 7)
                .said("name", "av/daily.cvd")
                .is(pki.sign(release(named("av/daily.cvd"), "new", 8, NOW, EXPIRES)));
    }

    private static VectorWriter.Draft held(VectorWriter.Draft draft, long number) {
        return draft.said("list", "list-7.txt").said("catalogue", number);
    }

    private void statefulReleases() {
        seen(bad(RELEASE, "rollback", UpdateFault.Kind.ROLLBACK, "a higher number was seen before"), mark(8))
                .is(signed);
        seen(
                        bad(
                                RELEASE,
                                "rollback-same-bytes",
                                UpdateFault.Kind.ROLLBACK,
                                "a higher number was seen before, for the same bytes"),
                        Mark.of(release(FILE, "the update", 8, PUBLISHED, EXPIRES)))
                .is(signed);
        seen(
                        bad(
                                RELEASE,
                                "equivocation",
                                UpdateFault.Kind.EQUIVOCATION,
                                "other bytes were seen under the same number"),
                        mark(7))
                .is(signed);
        seen(
                        bad(
                                RELEASE,
                                "equivocation-expires",
                                UpdateFault.Kind.EQUIVOCATION,
                                "the same bytes under the same number, with another end"),
                        Mark.of(release(FILE, "the update", 7, PUBLISHED, EXPIRES.plusSeconds(1))))
                .is(signed);
        String mixed = "the catalogue that is held names another release";
        held(bad(RELEASE, "mix-older", UpdateFault.Kind.MIX_AND_MATCH, mixed + ", a later one"), 7)
                .is(pki.sign(release(FILE, "the old one", 6, PUBLISHED, EXPIRES)));
        held(bad(RELEASE, "mix-same-number", UpdateFault.Kind.MIX_AND_MATCH, mixed + " of the same number"), 7)
                .is(pki.sign(release(FILE, "other bytes", 7, PUBLISHED, EXPIRES)));
        held(bad(RELEASE, "mix-between", UpdateFault.Kind.MIX_AND_MATCH, mixed + ", an older one"), 9)
                .is(pki.sign(release(FILE, "the one between", 8, PUBLISHED, EXPIRES)));
        held(
                        bad(
                                RELEASE,
                                "mix-withdrawn",
                                UpdateFault.Kind.MIX_AND_MATCH,
                                "the catalogue has no such file any more"),
                        7)
                .said("name", "av/gone.cvd")
                .is(pki.sign(release(named("av/gone.cvd"), "gone", 6, PUBLISHED, EXPIRES)));
        held(bad(RELEASE, "mix-cms", UpdateFault.Kind.MIX_AND_MATCH, "the release that is named, in another CMS"), 7)
                .is(pki.sign(release));
        bad(RELEASE, "delivery-name", Kind.WRONG_DELIVERY, "the release of another file")
                .is(pki.sign(beside));
        bad(RELEASE, "delivery-backend", Kind.WRONG_DELIVERY, "the release of another backend of the same host")
                .said("backend", "https://backend.example/outbox")
                .is(signed);
        bad(RELEASE, "delivery-catalogue", Kind.WRONG_DELIVERY, "a catalogue instead of a release")
                .is(pki.sign(catalogue(list, 7)));
        bad(RELEASE, "delivery-profile", Kind.WRONG_DELIVERY, "a profile instead of a release")
                .is(pki.sign(SignatureVectors.PROFILE));
    }

    private void goodCatalogues() {
        byte[] right = pki.sign(catalogue(list, 7));
        good(CATALOGUE, "first", "nothing of this backend was seen before").is(right);
        good(CATALOGUE, "last-second", "one second before it expires")
                .said("now", EXPIRES.minusSeconds(1))
                .is(right);
        CatalogueList none = new CatalogueList(List.of());
        out.shared(CATALOGUE, "list-none.txt", text(none));
        good(CATALOGUE, "no-files", "a backend that has no files any more")
                .said("list", "list-none.txt")
                .is(pki.sign(catalogue(none, 7)));
        seen(good(CATALOGUE, "next", "a lower number was seen before"), Mark.of(catalogue(none, 6)))
                .is(right);
        seen(good(CATALOGUE, "again", "the very catalogue that was seen before"), Mark.of(catalogue(list, 7)))
                .is(right);
    }

    private void statefulCatalogues() {
        byte[] right = pki.sign(catalogue(list, 7));
        CatalogueList changed = list(release, pki.sign(release));
        out.shared(CATALOGUE, "list-other.txt", text(changed));
        out.shared(CATALOGUE, "list-longer.txt", text(list) + "\n");
        out.shared(CATALOGUE, "list-broken.txt", "waybill catalogue 1\nav/main.cvd\n");
        seen(
                        bad(
                                CATALOGUE,
                                "rollback",
                                UpdateFault.Kind.ROLLBACK,
                                "a higher number was seen before: a replay"),
                        mark(8))
                .is(right);
        seen(
                        bad(
                                CATALOGUE,
                                "equivocation",
                                UpdateFault.Kind.EQUIVOCATION,
                                "another catalogue was seen under the same number"),
                        Mark.of(catalogue(changed, 7)))
                .is(right);
        bad(
                        CATALOGUE,
                        "other-list",
                        UpdateFault.Kind.WRONG_CONTENT,
                        "the list of another catalogue, of the same length")
                .said("list", "list-other.txt")
                .is(right);
        bad(CATALOGUE, "longer-list", UpdateFault.Kind.WRONG_CONTENT, "a list with one byte more")
                .said("list", "list-longer.txt")
                .is(right);
        byte[] broken = "waybill catalogue 1\nav/main.cvd\n".getBytes(US_ASCII);
        bad(CATALOGUE, "broken-list", UpdateFault.Kind.MALFORMED, "what was signed for is no list")
                .said("list", "list-broken.txt")
                .is(pki.sign(
                        new Packet.Catalogue(ID, BACKEND, broken.length, Sha256.of(broken), 7, PUBLISHED, EXPIRES)));
        bad(CATALOGUE, "delivery-backend", Kind.WRONG_DELIVERY, "the catalogue of another backend of the same host")
                .said("backend", "https://backend.example/outbox")
                .is(right);
        bad(CATALOGUE, "delivery-release", Kind.WRONG_DELIVERY, "a release instead of a catalogue")
                .is(signed);
    }

    /** What can be wrong with the signature of either. */
    private void signatures(String folder, Packet packet) {
        byte[] right = PacketCodec.encode(packet);
        Spec leaf = Spec.leaf(HOST, Role.PUBLISHER);
        bad(folder, "expired", Kind.EXPIRED, "it has expired: the freeze ends here")
                .said("now", EXPIRES)
                .is(pki.sign(packet));
        bad(folder, "ahead", Kind.BEYOND_SKEW, "published ten minutes and a second ahead of the reader's clock")
                .said("now", PUBLISHED.minusSeconds(601))
                .is(pki.sign(packet));
        good(folder, "ahead-within-skew", "published ten minutes ahead of the reader's clock")
                .said("now", PUBLISHED.minusSeconds(600))
                .is(pki.sign(packet));
        bad(folder, "certificate-expired", Kind.EXPIRED, "the publisher's certificate has expired since")
                .is(new TestCms(
                        pki.root().issue(TestSuite.P256, leaf.between(Spec.FROM, PUBLISHED.plusSeconds(1))), right));
        bad(folder, "revoked", Kind.REVOKED, "the publisher's certificate is revoked")
                .is(new TestCms(pki.publisher(), right)
                        .crls(pki.root()
                                .crl(
                                        MARCH,
                                        APRIL,
                                        MARCH,
                                        CRLReason.unspecified,
                                        pki.publisher().certificate())));
        bad(folder, "receipt-key", Kind.WRONG_ROLE, "the receipt key signed it, which is online")
                .is(new TestCms(pki.receipt(), right));
        bad(folder, "name", Kind.WRONG_NAME, "the publisher of another host")
                .is(new TestCms(pki.root().issue(TestSuite.P256, Spec.leaf("other.example", Role.PUBLISHER)), right));
        bad(folder, "other-authority", Kind.UNKNOWN_CHAIN, "an authority of the same name with another key")
                .is(new TestCms(other.issue(TestSuite.P256, leaf), right));
        bad(folder, "rsa-1024", Kind.ALGORITHM_NOT_ALLOWED, "an RSA key of 1,024 bits, not allowed by name")
                .is(new TestCms(pki.root().issue(TestSuite.RSA_1024, leaf), right));
        bad(folder, "bare-packet", Kind.MALFORMED, "the packet without a signature")
                .is(right);
        bad(folder, "truncated", Kind.MALFORMED, "the last byte is missing")
                .is(Arrays.copyOf(pki.sign(packet), pki.sign(packet).length - 1));
        byte[] higher = new String(right, UTF_8)
                .replace("release=\"7\"", "release=\"8\"")
                .getBytes(UTF_8);
        bad(folder, "packet-flipped", Kind.BAD_SIGNATURE, "another number than was signed")
                .is(new TestCms(pki.publisher(), higher).digested(right));
        byte[] tomorrow = new String(right, UTF_8)
                .replace("version=\"1.0\"", "version=\"2.0\"")
                .getBytes(UTF_8);
        bad(folder, "later-version", Kind.UNKNOWN_PACKET, "of version 2.0, signed by the publisher's own key")
                .is(new TestCms(pki.publisher(), tomorrow));
    }

    private CatalogueList list(Packet.Release first, byte[] cms) {
        return new CatalogueList(
                List.of(CatalogueList.Entry.of(first, cms), CatalogueList.Entry.of(beside, pki.sign(beside))));
    }

    private static FileUrl named(String name) {
        return FileUrl.of(BACKEND, new FileName(name));
    }

    private static String text(CatalogueList of) {
        return new String(of.encode(), US_ASCII);
    }

    /** Something was seen under this number, which was not the release of the vectors. */
    private static Mark mark(long number) {
        return new Mark(number, Sha256.of(("seen " + number).getBytes(US_ASCII)));
    }

    private static Packet.Release release(FileUrl file, String bytes, long number, Instant published, Instant expires) {
        Sha256 digest = Sha256.of(bytes.getBytes(UTF_8));
        return new Packet.Release(
                ID, file, bytes.length(), digest, Sha256.of(digest.bytes()), number, published, expires);
    }

    private static Packet.Catalogue catalogue(CatalogueList of, long number) {
        byte[] bytes = of.encode();
        return new Packet.Catalogue(ID, BACKEND, bytes.length, Sha256.of(bytes), number, PUBLISHED, EXPIRES);
    }
}
