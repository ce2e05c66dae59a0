package waybill.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.Packet;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.protocol.UpdateFault;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;
import waybill.signature.TrustPolicy;

/**
 * One publication as it lies on the disk: its catalogue's CMS, and all that follows from it (section 10.3). Immutable.
 *
 * @param file where the CMS lay
 * @param cms the catalogue
 * @param catalogue what it says
 * @param list all files
 */
record Publication(Path file, byte[] cms, Packet.Catalogue catalogue, CatalogueList list) {

    /**
     * Reads a publication without asking who signed it: it is our own directory.
     *
     * @return nothing if there is no such file
     * @throws BackendSetupException if it, or its list, is not what it should be
     */
    static Optional<Publication> read(PublishedFiles files, Path file) throws IOException, BackendSetupException {
        byte[] cms;
        try {
            cms = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Packet.Catalogue catalogue = OwnPacket.unverified(file, cms, Packet.Catalogue.class);
        try {
            CatalogueList list = CatalogueList.of(catalogue, files.read(catalogue.sha256()));
            return Optional.of(new Publication(file, cms, catalogue, list));
        } catch (NoSuchFileException e) {
            throw new BackendSetupException(Kind.MISSING, files.content(catalogue.sha256()) + " is missing", e);
        } catch (UpdateFault e) {
            throw new BackendSetupException(
                    Kind.UNREADABLE, files.content(catalogue.sha256()) + ": " + e.getMessage(), e);
        }
    }

    /** The publication before the current one, if it is still whole: what became of it must never hold up the current one. */
    static Optional<Publication> previous(PublishedFiles files) {
        try {
            return read(files, files.previous());
        } catch (IOException | BackendSetupException e) {
            return Optional.empty();
        }
    }

    /**
     * Looks whether it can be given to others: signed for this backend under its anchors when it was published, and all
     * contents are there. That it has expired since is for its readers to mind.
     */
    void check(PublishedFiles files, BackendUrl url, TrustPolicy policy) throws IOException, BackendSetupException {
        try {
            new SignedPackets(policy, InstantSource.fixed(catalogue.published())).catalogue(cms, url);
        } catch (SignatureFault e) {
            throw Keys.refused(file, e);
        }
        for (CatalogueList.Entry entry : list.entries()) {
            if (!files.holds(entry.sha256(), entry.size())
                    || !files.holds(entry.pieces(), Pieces.listSize(entry.size()))
                    || !Files.isRegularFile(files.content(entry.signed()))) {
                throw new BackendSetupException(
                        Kind.MISSING, "not all of " + entry.name() + " is in " + files.contents());
            }
        }
    }

    /** Which contents others may ask for. */
    Set<Sha256> contents() {
        Set<Sha256> digests = new HashSet<>();
        digests.add(catalogue.sha256());
        for (CatalogueList.Entry entry : list.entries()) {
            digests.add(entry.sha256());
            digests.add(entry.pieces());
        }
        return digests;
    }

    /** What it needs on the disk: these, and the CMS of every release. */
    Set<Sha256> needed() {
        Set<Sha256> digests = contents();
        list.entries().forEach(entry -> digests.add(entry.signed()));
        return digests;
    }
}
