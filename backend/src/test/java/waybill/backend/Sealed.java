package waybill.backend;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.parcel.Parcel;
import waybill.parcel.ParcelFault;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** A parcel as a sender seals it. */
record Sealed(TaskId id, byte[] bytes, Sha256 contents, String recipient) {

    static Sealed of(TaskId id, String text, String recipient) throws IOException, ParcelFault {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Parcel.Source source = new Parcel.Source() {
            @Override
            public String name() {
                return "report.txt";
            }

            @Override
            public long size() {
                return content.length;
            }

            @Override
            public Instant modified() {
                return TestClock.START;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(content);
            }
        };
        Parcel.Summary summary =
                Parcel.seal(id, "test", new byte[16], TestClock.START, List.of(source), recipient, out);
        return new Sealed(id, out.toByteArray(), summary.contents(), recipient);
    }

    Sha256 sha256() {
        return Sha256.of(bytes);
    }

    DeliveryKey key() {
        return new DeliveryKey(id, sha256(), Optional.of(contents));
    }
}
