package waybill.discovery;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;

/** When it is a relay's turn to answer a request (sections 2.3 and 10.8). Immutable. */
public sealed interface Turn {
    /** Whoever draws the shortest delay, as for uploads. */
    record ByLot() implements Turn {}

    /** It holds what is asked for: before all who would have to fetch it. */
    record Soon() implements Turn {}

    /**
     * It could fetch what is asked for: after all who hold it, and of those who could the same one first, whoever asks.
     *
     * @param place among them, from 0 to 1
     */
    record Elected(double place) implements Turn {
        /** The place of a relay for a file or a catalogue: it follows from the two alone, so that all know the order. */
        public static Elected of(NodeId node, String href) {
            byte[] digest = Sha256.of((node + " " + href).getBytes(StandardCharsets.US_ASCII))
                    .bytes();
            return new Elected((ByteBuffer.wrap(digest).getLong() >>> 11) * 0x1.0p-53);
        }
    }

    /** It holds what may be old, and asks nobody for a younger one: after all who would. */
    record Last() implements Turn {}

    /**
     * The delay of the answer in nanoseconds.
     *
     * @param relays how many relays there are thought to be, at least 1
     */
    default long delay(int relays, RandomGenerator random) {
        return switch (this) {
            case ByLot _ -> AnswerDelay.nanos(relays, random);
            case Soon _ -> AnswerDelay.soon(relays, random);
            case Last _ -> AnswerDelay.last(relays, random);
            case Elected(double place) -> AnswerDelay.elected(relays, place);
        };
    }
}
