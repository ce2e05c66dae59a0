package waybill.protocol;

/**
 * How far a reader has come with one thing that a publisher numbers: with a backend's catalogue, or with the release of
 * one file (section 10.6). Readers keep the highest on disk, for each set of anchors, and take nothing behind it.
 *
 * @param number of the publication
 * @param packet SHA-256 of the packet as {@link PacketCodec#encode} writes it: what was said under that number
 */
public record Mark(long number, Sha256 packet) {
    /** The mark of a release that verified. */
    public static Mark of(Packet.Release release) {
        return new Mark(release.release(), Sha256.of(PacketCodec.encode(release)));
    }

    /** The mark of a catalogue that verified. */
    public static Mark of(Packet.Catalogue catalogue) {
        return new Mark(catalogue.release(), Sha256.of(PacketCodec.encode(catalogue)));
    }

    /**
     * The mark to keep after one that verified; the same again is no fault.
     *
     * @param next of the same thing
     * @throws UpdateFault ROLLBACK for a lower number, EQUIVOCATION for other words under the same
     */
    public Mark then(Mark next) throws UpdateFault {
        if (next.number < number) {
            throw new UpdateFault(
                    UpdateFault.Kind.ROLLBACK, "number " + next.number + ", and " + number + " was seen before");
        }
        if (next.number == number && !next.packet.equals(packet)) {
            throw new UpdateFault(
                    UpdateFault.Kind.EQUIVOCATION, "number " + number + " was signed twice, for different things");
        }
        return next;
    }
}
