package waybill.parcel;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/** One parcel on its way in: tar, {@code waybill.xml} last, age around it (section 4). For one thread. */
final class Sealing {
    /** The folder of the files in the tar. */
    static final String FOLDER = "files/";

    private static final int FILE_MODE = 0100644;
    private static final int BUFFER = 64 * 1024;
    private static final Sha256 ANY = Sha256.of(new byte[0]);

    private final Manifest outline;
    private final List<? extends Parcel.Source> files;

    Sealing(TaskId id, String sender, byte[] salt, Instant created, List<? extends Parcel.Source> files)
            throws ParcelFault {
        this.files = List.copyOf(files);
        try {
            List<Manifest.Item> items = this.files.stream()
                    .map(f -> new Manifest.Item(f.name(), f.size(), ANY, f.modified()))
                    .toList();
            outline = new Manifest(id, sender, HexFormat.of().formatHex(salt), created, items);
        } catch (IllegalArgumentException e) {
            throw new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, String.valueOf(e.getMessage()), e);
        }
        // All digests are equally long, so the size of waybill.xml is known before the first file is read.
        if (ManifestXml.encode(outline).length > ManifestXml.MAX_BYTES) {
            throw new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, "names too long for one waybill.xml");
        }
    }

    Parcel.Summary to(String recipient, OutputStream out) throws IOException, ParcelFault {
        AgeKeys.checkRecipient(recipient);
        WritableByteChannel age = age(recipient, out);
        // The tar writes 512 bytes at a time, which age would take one by one.
        OutputStream gathered = new BufferedOutputStream(Channels.newOutputStream(age), BUFFER);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(gathered, StandardCharsets.UTF_8.name());
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);

        List<Manifest.Item> sealed = new ArrayList<>(files.size());
        for (int i = 0; i < files.size(); i++) {
            Manifest.Item item = outline.files().get(i);
            tar.putArchiveEntry(entry(FOLDER + item.name(), item.size(), item.modified()));
            Sha256 sha256 = copy(files.get(i), item, tar);
            tar.closeArchiveEntry();
            sealed.add(new Manifest.Item(item.name(), item.size(), sha256, item.modified()));
        }
        Manifest manifest = new Manifest(outline.id(), outline.sender(), outline.salt(), outline.created(), sealed);
        byte[] xml = ManifestXml.encode(manifest);
        tar.putArchiveEntry(entry(ManifestXml.NAME, xml.length, manifest.created()));
        tar.write(xml);
        tar.closeArchiveEntry();
        tar.finish();
        gathered.flush();
        // Only here: closing is what makes age's last chunk, and half a parcel must not have one.
        age.close();
        return Parcel.Summary.of(manifest, xml);
    }

    private static Sha256 copy(Parcel.Source source, Manifest.Item item, OutputStream tar)
            throws IOException, ParcelFault {
        MessageDigest digest = Sha256.newDigest();
        long left = item.size();
        // One more than it has, to see that it has no more.
        byte[] buffer = new byte[(int) Math.min(BUFFER, left + 1)];
        try (InputStream in = source.open()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                left -= n;
                if (left < 0) {
                    break;
                }
                digest.update(buffer, 0, n);
                tar.write(buffer, 0, n);
            }
        }
        if (left != 0) {
            throw new ParcelFault(
                    ParcelFault.Kind.CONTENTS_DIFFER,
                    "%s is %s than its %d bytes".formatted(item.name(), left < 0 ? "longer" : "shorter", item.size()));
        }
        return Sha256.ofDigest(digest.digest());
    }

    private static TarArchiveEntry entry(String name, long size, Instant modified) {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setSize(size);
        entry.setMode(FILE_MODE);
        entry.setIds(0, 0);
        // The library would fill in who runs this program.
        entry.setNames("", "");
        entry.setLastModifiedTime(FileTime.from(modified));
        return entry;
    }

    private static WritableByteChannel age(String recipient, OutputStream out) throws IOException, ParcelFault {
        try {
            List<RecipientStanzaWriter> recipients = List.of(Stanzas.to(recipient));
            return new StandardEncryptingChannelFactory().newEncryptingChannel(new LeftOpen(out), recipients);
        } catch (GeneralSecurityException e) {
            // A point of small order, for one: it reads as a recipient and agrees on no secret.
            throw new ParcelFault(ParcelFault.Kind.BAD_KEY, "cannot seal to this recipient", e);
        }
    }

    /** Writes heap buffers as they are, and leaves the stream open. */
    private static final class LeftOpen implements WritableByteChannel {
        private final OutputStream out;
        private boolean open = true;

        LeftOpen(OutputStream out) {
            this.out = out;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int length = source.remaining();
            out.write(source.array(), source.arrayOffset() + source.position(), length);
            source.position(source.limit());
            return length;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
