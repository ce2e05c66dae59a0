package waybill.protocol;

/**
 * Reads and writes packets (section 1). Strict in what it reads: one empty element, no DTD, no entity of its own, no
 * processing instruction but the XML declaration, no attribute twice. Unknown attributes are ignored.
 *
 * <p>Safe for use by several threads.
 */
public final class PacketCodec {
    /** The most bytes of a packet on UDP. */
    public static final int MAX_UDP = 1200;
    /** The most bytes of a packet inside CMS. */
    public static final int MAX_CMS = 4096;

    private PacketCodec() {}

    /**
     * Reads one packet.
     *
     * @param maxBytes {@link #MAX_UDP} or {@link #MAX_CMS}
     * @throws PacketFault if it is not one, with the kind
     */
    public static Packet parse(byte[] bytes, int maxBytes) throws PacketFault {
        throw new PacketFault(PacketFault.Kind.NOT_XML);
    }

    /** The packet's bytes: the same packet always gives the same ones. A request is padded (section 2). */
    public static byte[] encode(Packet packet) {
        throw new UnsupportedOperationException();
    }
}
