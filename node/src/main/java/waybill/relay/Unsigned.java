package waybill.relay;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import waybill.protocol.Problem;

/**
 * How a delivery that ended without a signed word is kept as {@code REFUSED}: by the code of the problem to answer with.
 * CMS in DER always begins with a SEQUENCE (0x30), which no code does.
 */
final class Unsigned {
    private static final byte SEQUENCE = 0x30;

    private Unsigned() {}

    /** What to keep. */
    static byte[] ending(Problem problem) {
        return problem.code().getBytes(StandardCharsets.US_ASCII);
    }

    /** The problem that was kept; empty if it is CMS. */
    static Optional<Problem> in(byte[] kept) {
        return kept.length > 0 && kept[0] == SEQUENCE
                ? Optional.empty()
                : Optional.of(Problem.ofCode(new String(kept, StandardCharsets.US_ASCII)));
    }
}
