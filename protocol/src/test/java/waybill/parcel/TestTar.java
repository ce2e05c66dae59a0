package waybill.parcel;

import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import waybill.protocol.Sha256;

/** Writes tars entry by entry, so that a test can make each wrong by itself. */
final class TestTar {
    private static final Instant TIME = Parcels.CREATED.minusSeconds(3600);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Manifest.Item> items = new ArrayList<>();

    /** A file that waybill.xml will name. */
    TestTar file(String name, byte[] content) {
        items.add(new Manifest.Item(name, content.length, Sha256.of(content), TIME));
        return entry("files/" + name, TarConstants.LF_NORMAL, "", content);
    }

    /** Something waybill.xml will not name. */
    TestTar entry(String path, byte kind, String link, byte[] content) {
        TarArchiveEntry entry = new TarArchiveEntry(path, kind, true);
        entry.setSize(content.length);
        entry.setLinkName(link);
        return put(entry, content);
    }

    /** A file with a pax header of its own, right or wrong. */
    TestTar pax(String key, String value) {
        return record('x', key, value).entry("files/pax", TarConstants.LF_NORMAL, "", new byte[0]);
    }

    /** A pax header for all that follows. */
    TestTar global(String key, String value) {
        return record('g', key, value);
    }

    private TestTar record(char kind, String key, String value) {
        String record = " " + key + "=" + value + "\n";
        int length = record.length() + 1;
        while (Integer.toString(length).length() + record.length() != length) {
            length++;
        }
        return entry("header", (byte) kind, "", (length + record).getBytes(StandardCharsets.UTF_8));
    }

    /** A waybill.xml of these files. */
    TestTar manifest() {
        return manifest(items);
    }

    /** A waybill.xml of other files. */
    TestTar manifest(List<Manifest.Item> files) {
        return xml(ManifestXml.encode(
                new Manifest(Parcels.ID, "test", "0".repeat(32), Parcels.CREATED, List.copyOf(files))));
    }

    /** Any waybill.xml. */
    TestTar xml(byte[] xml) {
        return entry(ManifestXml.NAME, TarConstants.LF_NORMAL, "", xml);
    }

    /** The files so far, as waybill.xml would name them. */
    List<Manifest.Item> items() {
        return items;
    }

    /** The tar with its end. */
    byte[] bytes() {
        byte[] all = bytesWithoutEnd();
        return Arrays.copyOf(all, all.length + 1024);
    }

    /** The tar without its end. */
    byte[] bytesWithoutEnd() {
        return bytes.toByteArray();
    }

    /** What an opened parcel with this tar comes to. */
    static Parcel.Summary open(byte[] tar, Parcel.Sink sink) throws IOException, ParcelFault {
        return new Opening(Channels.newChannel(new ByteArrayInputStream(tar))).into(sink);
    }

    /** What is inside of a sealed parcel, whatever it is. */
    static byte[] opened(byte[] sealed, String identity) throws IOException, ParcelFault {
        return Channels.newInputStream(Opening.age(
                        Channels.newChannel(new ByteArrayInputStream(sealed)), Opening.readers(List.of(identity))))
                .readAllBytes();
    }

    /** Seals any bytes. */
    static byte[] age(byte[] plain, String recipient) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (WritableByteChannel channel = new StandardEncryptingChannelFactory()
                .newEncryptingChannel(
                        Channels.newChannel(out),
                        List.of(X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(recipient)))) {
            channel.write(ByteBuffer.wrap(plain));
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private TestTar put(TarArchiveEntry entry, byte[] content) {
        entry.setNames("", "");
        entry.setLastModifiedTime(FileTime.from(TIME));
        // Record by record, since the library's writer makes its own sense of the stranger kinds.
        byte[] record = new byte[512];
        entry.writeEntryHeader(record);
        bytes.writeBytes(record);
        bytes.writeBytes(Arrays.copyOf(content, Math.ceilDiv(content.length, 512) * 512));
        return this;
    }
}
