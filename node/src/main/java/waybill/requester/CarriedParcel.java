package waybill.requester;

import java.nio.file.Path;
import waybill.protocol.Packet;

/**
 * A parcel that somebody else sealed and that is delivered from where it lies (section 9.2). Who makes one has found that it
 * has the label's size and digest. Immutable.
 *
 * @param label what was said of it
 * @param parcel the file of the sealed bytes; it stays as it is
 * @param outcome where the receipt or refusal goes once it is verified: {@code .receipt} or {@code .refusal} is added
 */
public record CarriedParcel(Packet.Label label, Path parcel, Path outcome) {}
