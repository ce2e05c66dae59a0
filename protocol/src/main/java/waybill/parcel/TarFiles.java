package waybill.parcel;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import waybill.protocol.Sha256;

/**
 * The tar of a parcel: regular files under {@code files/}, then {@code waybill.xml}, then nothing (section 4). The files
 * are passed on as they come and compared with {@code waybill.xml} at the end. For one thread.
 */
final class TarFiles {
    /** What one file's headers may take: three records of ustar and pax, with room for what other tars add. */
    private static final long HEADERS = 16 * 1024;

    private static final int EXTRA_HEADERS = 16;
    private static final int RECORD = 512;
    /** Tars are padded to blocks of 20 records. */
    private static final int BLOCK = 20 * RECORD;

    private static final int BUFFER = 64 * 1024;

    private final PlainTar plain;
    private final TarArchiveInputStream tar;
    private final byte[] buffer = new byte[BUFFER];
    private final Names.Together names = new Names.Together();

    TarFiles(PlainTar plain) {
        this.plain = plain;
        this.tar = new TarArchiveInputStream(plain, BLOCK, RECORD, StandardCharsets.UTF_8.name(), false);
    }

    Parcel.Summary into(Parcel.Sink sink) throws IOException, ParcelFault {
        List<Manifest.Item> found = new ArrayList<>();
        while (true) {
            TarArchiveEntry entry = next();
            if (entry.getName().equals(ManifestXml.NAME)) {
                byte[] xml = readAll(entry);
                expectEnd(entry.getSize());
                Manifest manifest = ManifestXml.parse(xml);
                compare(manifest.files(), found);
                return Parcel.Summary.of(manifest, xml);
            }
            if (found.size() == Manifest.MAX_FILES) {
                throw notAParcel("more than " + Manifest.MAX_FILES + " files");
            }
            found.add(pass(entry, sink));
        }
    }

    private TarArchiveEntry next() throws IOException, ParcelFault {
        plain.allow(HEADERS);
        TarArchiveEntry entry;
        try {
            entry = tar.getNextEntry();
        } catch (IOException e) {
            throw plain.blame(e);
        } catch (IllegalArgumentException e) {
            throw new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, "not a tar", e);
        }
        if (entry == null) {
            throw notAParcel("no " + ManifestXml.NAME + " at its end");
        }
        boolean regular = entry.getLinkFlag() == TarConstants.LF_NORMAL && !entry.isSparse() && entry.isCheckSumOK();
        // A global header stays with the reader for all files to come, so their number is what bounds its memory.
        if (!regular || entry.getSize() < 0 || entry.getExtraPaxHeaders().size() > EXTRA_HEADERS) {
            throw notAParcel("holds something that is not a regular file");
        }
        return entry;
    }

    private Manifest.Item pass(TarArchiveEntry entry, Parcel.Sink sink) throws IOException, ParcelFault {
        Instant modified = Manifest.wholeSeconds(entry.getLastModifiedTime().toInstant());
        String name = checkedName(entry.getName());
        MessageDigest digest = Sha256.newDigest();
        try (OutputStream out = sink.file(name, entry.getSize(), modified)) {
            plain.allow(entry.getSize());
            for (int n = read(); n >= 0; n = read()) {
                digest.update(buffer, 0, n);
                out.write(buffer, 0, n);
            }
        }
        return new Manifest.Item(name, entry.getSize(), Sha256.ofDigest(digest.digest()), modified);
    }

    private String checkedName(String path) throws ParcelFault {
        if (!path.startsWith(Sealing.FOLDER)) {
            throw notAParcel("a file that is not under " + Sealing.FOLDER);
        }
        String name = path.substring(Sealing.FOLDER.length());
        try {
            Names.check(name);
            names.add(name);
            return name;
        } catch (IllegalArgumentException e) {
            throw new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, String.valueOf(e.getMessage()), e);
        }
    }

    private byte[] readAll(TarArchiveEntry entry) throws IOException, ParcelFault {
        if (entry.getSize() > ManifestXml.MAX_BYTES) {
            throw notAParcel(ManifestXml.NAME + " of more than " + ManifestXml.MAX_BYTES + " bytes");
        }
        plain.allow(entry.getSize());
        int size = (int) entry.getSize();
        // It grows with what comes: a size is easily said, and many may say one at once.
        byte[] bytes = new byte[Math.min(size, BUFFER)];
        int at = 0;
        for (int n = read(); n >= 0; n = read()) {
            if (n > bytes.length - at) {
                bytes = Arrays.copyOf(bytes, Math.min(size, 2 * bytes.length));
            }
            System.arraycopy(buffer, 0, bytes, at, n);
            at += n;
        }
        return bytes;
    }

    private int read() throws IOException, ParcelFault {
        try {
            return tar.read(buffer);
        } catch (IOException e) {
            throw plain.blame(e);
        }
    }

    /** Reads to the end, which is also what makes age say that nothing was cut off; two empty records must come. */
    private void expectEnd(long lastSize) throws IOException, ParcelFault {
        int padding = (int) Math.floorMod(-lastSize, (long) RECORD);
        plain.allow(padding + 2L * RECORD + BLOCK);
        int zeros = 0;
        try {
            for (int n = plain.read(buffer); n >= 0; n = plain.read(buffer)) {
                zeros += n;
                for (int i = 0; i < n; i++) {
                    if (buffer[i] != 0) {
                        throw notAParcel("something after " + ManifestXml.NAME);
                    }
                }
            }
        } catch (IOException e) {
            throw plain.blame(e);
        }
        if (zeros < padding + 2 * RECORD) {
            throw notAParcel("the tar has no end");
        }
    }

    private static void compare(List<Manifest.Item> promised, List<Manifest.Item> found) throws ParcelFault {
        if (promised.size() != found.size()) {
            throw differ("%d files, where %s names %d".formatted(found.size(), ManifestXml.NAME, promised.size()));
        }
        for (int i = 0; i < found.size(); i++) {
            if (!promised.get(i).equals(found.get(i))) {
                throw differ("file %d is not as %s says: %s".formatted(i + 1, ManifestXml.NAME, found.get(i)));
            }
        }
    }

    private static ParcelFault differ(String detail) {
        return new ParcelFault(ParcelFault.Kind.CONTENTS_DIFFER, detail);
    }

    private static ParcelFault notAParcel(String detail) {
        return new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, detail);
    }
}
