package waybill.update;

import waybill.protocol.CatalogueList;
import waybill.protocol.FileUrl;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;

/**
 * The bytes of a published file, as a release or a catalogue that verified says. Immutable.
 *
 * @param file where it is published
 * @param sha256 of the file
 * @param size in bytes
 * @param pieces SHA-256 of the list of its piece hashes
 */
public record Wanted(FileUrl file, Sha256 sha256, long size, Sha256 pieces) {
    /** What a release says. */
    public static Wanted of(Packet.Release release) {
        return new Wanted(release.file(), release.sha256(), release.size(), release.pieces());
    }

    /** What a catalogue says. */
    public static Wanted of(FileUrl file, CatalogueList.Entry entry) {
        return new Wanted(file, entry.sha256(), entry.size(), entry.pieces());
    }
}
