package waybill.backend;

import java.io.IOException;
import java.time.Instant;
import waybill.protocol.Packet;

/**
 * Signs receipts and refusals with the certificate that is current at the time they name; of several the one that began
 * last (section 5). Safe for use by several threads.
 */
final class ReceiptSigner {
    private final LiveKeys keys;

    ReceiptSigner(LiveKeys keys) {
        this.keys = keys;
    }

    /** A receipt as CMS in DER. */
    byte[] sign(Packet.Receipt receipt) throws IOException {
        return sign(receipt, receipt.received());
    }

    /** A refusal as CMS in DER. */
    byte[] sign(Packet.Refusal refusal) throws IOException {
        return sign(refusal, refusal.received());
    }

    private byte[] sign(Packet packet, Instant time) throws IOException {
        Keys now = keys.now();
        Credential credential = Credential.current(now.receipts(), time)
                .orElseThrow(() -> new IOException("no receipt certificate is valid at " + time));
        return CmsSigner.sign(packet, time, credential, now.crls());
    }
}
