package waybill.signature;

import java.security.cert.X509Certificate;
import waybill.protocol.Packet;

/**
 * A packet whose signature, chain, name and role were verified; parsed from exactly the bytes that were signed.
 *
 * @param packet what was signed
 * @param signer the leaf that signed it
 * @param algorithm the signature's algorithm by its JCA name, for people
 */
public record Signed<P extends Packet>(P packet, X509Certificate signer, String algorithm) {}
