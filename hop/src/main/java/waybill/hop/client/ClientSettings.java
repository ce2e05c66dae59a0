package waybill.hop.client;

import java.time.Duration;

/**
 * How patient a client is.
 *
 * @param connect for TCP and TLS together
 * @param idle without a byte taken while sending, and for an answer that is not held
 * @param expectAbove bodies of more bytes than this are announced by {@code Expect: 100-continue}
 * @param expectWait how long to wait for the go-ahead before sending without it
 * @param resumeAbove bodies of at least so many bytes go by tus, where the peer speaks it
 * @param retryPause between a connection that broke and the next one, where an upload can go on
 */
public record ClientSettings(
        Duration connect, Duration idle, long expectAbove, Duration expectWait, long resumeAbove, Duration retryPause) {
    /** 5 s to connect, 30 s idle, asks for bodies above 1 MiB and waits for a second, resumes those of 8 MiB and more. */
    public static final ClientSettings DEFAULT = new ClientSettings(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            1L << 20,
            Duration.ofSeconds(1),
            8L << 20,
            Duration.ofSeconds(1));
}
