package waybill.backend;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import waybill.hop.HopLimits;
import waybill.store.StoreLimits;

/**
 * How a backend is run. Its URL, the largest parcel and what else belongs to the backend itself is in
 * {@code backend.properties} of its directory. Immutable.
 *
 * @param directory as {@link BackendInit} made it
 * @param listen where to listen; port 0 takes a free one
 * @param plainHttp whether to serve plain HTTP, behind a proxy that ends TLS or on the loopback
 * @param allowRsa1024 whether a receipt key of RSA with 1024 bits is taken (claims 6 and 14), besides what
 *     {@code backend.properties} says
 * @param limits of the server; {@code maxBody} is overruled by the profile's {@code maxsize}
 * @param store what the store may hold
 */
public record BackendConfig(
        Path directory,
        InetSocketAddress listen,
        boolean plainHttp,
        boolean allowRsa1024,
        HopLimits limits,
        StoreLimits store) {
    /**
     * A store bounded by the disk: 1 TiB, a floor of 1 GiB, all of it for one address if it is the only one: many backends
     * hear from a single relay. No receipt goes before its time; the disk's floor ends the intake first.
     */
    public static final StoreLimits DEFAULT_STORE = new StoreLimits(
            1L << 40,
            1L << 30,
            1,
            1_000_000,
            new StoreLimits.Remembered(StoreLimits.Remembered.USUAL_COST, 1, Upkeep.RETENTION));

    /** Half of all uploads and downloads for one address: relays are few, and a whole site may be behind one address. */
    public static final HopLimits DEFAULT_LIMITS = HopLimits.DEFAULT
            .withMaxUploadsPerPeer(HopLimits.DEFAULT.maxUploads() / 2)
            .withMaxDownloads(HopLimits.DEFAULT.maxDownloads(), HopLimits.DEFAULT.maxDownloads() / 2);

    /** HTTPS with all limits at their defaults. */
    public static BackendConfig of(Path directory, InetSocketAddress listen) {
        return new BackendConfig(directory, listen, false, false, DEFAULT_LIMITS, DEFAULT_STORE);
    }

    /** The same over plain HTTP. */
    public BackendConfig withPlainHttp() {
        return new BackendConfig(directory, listen, true, allowRsa1024, limits, store);
    }
}
