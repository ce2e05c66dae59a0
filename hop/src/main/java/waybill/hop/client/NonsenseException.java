package waybill.hop.client;

import java.io.IOException;

/** The peer answered something that is no HTTP, or more of it than we read. Facts only, none of the peer's text. */
final class NonsenseException extends IOException {
    NonsenseException(String message) {
        super(message);
    }
}
