package waybill.origin;

import java.util.regex.Pattern;
import waybill.hop.Peer;
import waybill.protocol.BackendUrl;
import waybill.protocol.OriginPath;
import waybill.protocol.Sha256;
import waybill.protocol.SharedOrigin;

/**
 * A place that has no releases, as this machine's operator named it. Immutable.
 *
 * @param name what it is called here
 * @param url its URL; what is below it is asked for and nothing else
 * @param peer whom to dial
 */
public record Origin(String name, BackendUrl url, Peer peer) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}");

    /** @throws IllegalArgumentException if the name is not one segment of a path */
    public Origin {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "an origin's name has up to 64 letters, digits and . _ ~ -, and does not begin with a dot");
        }
    }

    /** What other nodes of this site call it. */
    public Sha256 key() {
        return SharedOrigin.keyOf(url);
    }

    /** What a copy from it is kept under. */
    Sha256 keyOf(OriginPath path) {
        return Sha256.of((url + "/" + path).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return name;
    }
}
