package waybill.discovery;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A second way to learn where on a LAN relays can be asked (section 2.5). What it says only helps to choose whom to ask.
 * Implementations are safe for use by several threads.
 */
public interface Signposts {
    /** The most bytes that are read of one answer. */
    int MOST_BYTES = 1500;
    /** Of the question, as Multicast DNS has it (RFC 6762, section 11); it goes to a group that no router passes on. */
    int HOP_LIMIT = 255;

    /** Where the question goes: to everybody on this LAN. */
    InetSocketAddress group(Lan lan);

    /**
     * The question.
     *
     * @param id which the answers repeat, 0 to 65535
     */
    byte[] question(int id);

    /**
     * At which UDP ports of its own address one who answered says that a relay can be asked; none if it is no such answer.
     *
     * @param answer whatever came, at most {@link #MOST_BYTES}
     * @param id of the question
     * @param source where it came from: a neighbour
     */
    List<Integer> ports(byte[] answer, int id, InetSocketAddress source);
}
