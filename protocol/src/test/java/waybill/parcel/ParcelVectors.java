package waybill.parcel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarConstants;
import waybill.parcel.ParcelFault.Kind;
import waybill.protocol.Sha256;
import waybill.protocol.VectorWriter;

/**
 * Makes {@code spec/vectors/parcel} anew, with new keys. Some are made by the programs {@code age} and {@code tar} (GNU),
 * which must be there:
 *
 * <pre>mvn -o test -pl protocol -Dtest=ParcelVectorsTest -Dwaybill.vectors.write=true</pre>
 */
final class ParcelVectors {
    private static final byte[] LOG = "one line\nand another\n".getBytes(UTF_8);
    private static final byte[] NOTHING = new byte[0];

    private final VectorWriter out;
    private final AgeKeys keys = AgeKeys.generate();

    ParcelVectors(VectorWriter out) {
        this.out = out;
    }

    void write() throws IOException, ParcelFault, InterruptedException {
        out.shared("parcel", "identity.txt", keys.toFile(Parcels.CREATED));
        good();
        goodByPrograms();
        damaged();
        notAParcel();
        contentsDiffer();
    }

    private void good() throws IOException, ParcelFault {
        List<Parcels.Bytes> files = List.of(
                Parcels.Bytes.of("log.txt", LOG),
                Parcels.Bytes.of("empty", NOTHING),
                Parcels.Bytes.of("ordner/größe <&>.bin", Parcels.pattern(70_000)),
                Parcels.Bytes.of("deep/" + "d".repeat(200) + "/file", LOG));
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        Parcel.Summary summary =
                Parcel.seal(Parcels.ID, "Prüfstand 7", new byte[16], Parcels.CREATED, files, keys.recipient(), sealed);
        VectorWriter.Draft draft = out.good(
                        "parcel", "several-files", "several files, names beyond ASCII and beyond 100 bytes")
                .said("contents", summary.contents());
        summary.manifest().files().forEach(file -> draft.said("file:" + file.name(), file.sha256()));
        draft.is(sealed.toByteArray());
    }

    private void goodByPrograms() throws IOException, InterruptedException {
        Path dir = Files.createTempDirectory("parcel");
        Files.createDirectories(dir.resolve("files/sub"));
        Files.write(dir.resolve("files/log.txt"), LOG);
        Files.write(dir.resolve("files/sub/pattern.bin"), Parcels.pattern(66_000));
        Manifest manifest = new Manifest(
                Parcels.ID,
                "a shell",
                "00112233445566778899aabbccddeeff",
                Parcels.CREATED,
                List.of(
                        item("log.txt", LOG, Parcels.CREATED),
                        item("sub/pattern.bin", Parcels.pattern(66_000), Parcels.CREATED)));
        byte[] xml = ManifestXml.encode(manifest);
        Files.write(dir.resolve("waybill.xml"), xml);
        String list = " --mtime=" + Parcels.CREATED + " files/log.txt files/sub/pattern.bin waybill.xml";
        AgeKeys others = AgeKeys.generate();
        for (String format : List.of("pax", "gnu", "ustar")) {
            byPrograms(
                    "age-and-tar-" + format,
                    "made by the programs age and tar, in the format " + format,
                    xml,
                    run(dir, "tar -c --format=" + format + list + " | age -r " + keys.recipient()));
        }
        byPrograms(
                "age-two-recipients",
                "made by the programs age and tar, for another recipient, too",
                xml,
                run(dir, "tar -c --format=pax" + list + " | age -r " + others.recipient() + " -r " + keys.recipient()));
        out.bad("parcel", "age-armored", Kind.DAMAGED.name(), "in the text form of age, which is not used here")
                .is(run(dir, "tar -c --format=pax" + list + " | age -a -r " + keys.recipient()));
        out.bad(
                        "parcel",
                        "age-other-recipient",
                        Kind.NOT_FOR_US.name(),
                        "sealed to another recipient by the program age")
                .is(run(dir, "tar -c --format=pax" + list + " | age -r " + others.recipient()));
        out.bad("parcel", "tar-folder", Kind.NOT_A_PARCEL.name(), "the program tar put the folder in, too")
                .is(run(dir, "tar -c --format=pax files waybill.xml | age -r " + keys.recipient()));
        out.bad("parcel", "tar-gzip", Kind.NOT_A_PARCEL.name(), "compressed before it was sealed")
                .is(run(dir, "tar -cz --format=pax" + list + " | age -r " + keys.recipient()));
    }

    private void byPrograms(String name, String about, byte[] xml, byte[] sealed) {
        out.good("parcel", name, about)
                .said("contents", Sha256.of(xml))
                .said("file:log.txt", Sha256.of(LOG))
                .said("file:sub/pattern.bin", Sha256.of(Parcels.pattern(66_000)))
                .is(sealed);
    }

    private void damaged() {
        byte[] right = sealed(new TestTar()
                .file("pattern.bin", Parcels.pattern(70_000))
                .manifest()
                .bytes());
        int header = new String(right, US_ASCII).indexOf("\n--- ") + 1;
        damaged("empty", "nothing", NOTHING);
        damaged("garbage", "a page of text", "<html><body>It works!</body></html>\n".getBytes(US_ASCII));
        damaged("header-cut", "the header is cut off", Arrays.copyOf(right, header));
        damaged("mac-flipped", "one bit of the header's MAC", flipped(right, header + 6));
        damaged("nonce-cut", "cut off after the header", Arrays.copyOf(right, header + 60));
        damaged("first-chunk-flipped", "one bit of the first chunk", flipped(right, header + 100));
        damaged("last-chunk-flipped", "the last bit", flipped(right, right.length - 1));
        damaged("cut-short", "the last byte is missing", Arrays.copyOf(right, right.length - 1));
        int chunk = 64 * 1024 + 16;
        damaged("cut-at-chunk", "only the first chunk is there", Arrays.copyOf(right, header + 48 + 16 + chunk));
        damaged("trailing-byte", "one byte more", Arrays.copyOf(right, right.length + 1));
    }

    private void notAParcel() {
        notAParcel("no-tar", "a text is sealed", LOG);
        notAParcel("empty-tar", "a tar of nothing", new TestTar().bytes());
        notAParcel(
                "no-xml", "waybill.xml is missing", new TestTar().file("a", LOG).bytes());
        TestTar early = new TestTar().file("a", LOG).manifest();
        notAParcel(
                "xml-not-last", "a file after waybill.xml", early.file("b", LOG).bytes());
        notAParcel(
                "two-xml",
                "waybill.xml twice",
                new TestTar().file("a", LOG).manifest().manifest().bytes());
        notAParcel(
                "no-end",
                "the tar has no end",
                new TestTar().file("a", LOG).manifest().bytesWithoutEnd());
        byte[] whole = new TestTar().file("a", LOG).manifest().bytes();
        notAParcel("after-the-end", "bytes after the end of the tar", ended(whole));
        notAParcel("cut-within-a-file", "the tar ends within a file", Arrays.copyOf(whole, 516));
        kind("symlink", "a symbolic link", TarConstants.LF_SYMLINK);
        kind("hard-link", "a hard link", TarConstants.LF_LINK);
        kind("fifo", "a FIFO", TarConstants.LF_FIFO);
        kind("device", "a device", TarConstants.LF_CHR);
        kind("folder", "a folder", TarConstants.LF_DIR);
        pax("pax-bomb", "a pax header of more than 16 KiB", "comment", "c".repeat(20_000));
        pax("pax-size", "a pax header with a negative size", "size", "-1");
        pax("sparse", "a sparse file", "GNU.sparse.size", "5");
        path("traversal", "a name with ..", "files/../../etc/cron.d/x");
        path("absolute", "an absolute name", "/files/a");
        path("elsewhere", "a file outside of files/", "etc/a");
        path("current-folder", "a name with .", "files/./a");
        path("empty-part", "a name with an empty part", "files//a");
        path("no-name", "a file called files/", "files/");
        path("backslash", "a name with a backslash", "files/..\\a");
        path("control", "a name with a line feed", "files/a\nb");
        path("escape", "a name with ESC [ 2 J", "files/a\u001b[2Jb");
        path("right-to-left", "a name with a right-to-left override", "files/a\u202etxt.exe");
        TestTar twice = new TestTar().file("a", LOG).file("a", LOG);
        notAParcel(
                "same-name",
                "two files of the same name",
                twice.xml(xml("a", "a")).bytes());
        TestTar both = new TestTar().file("a", LOG).file("a/b", LOG);
        notAParcel(
                "file-and-folder",
                "a file whose name is another one's folder",
                both.xml(xml("a", "a/b")).bytes());
        notAParcel(
                "xml-empty",
                "waybill.xml of no bytes",
                new TestTar().file("a", LOG).xml(NOTHING).bytes());
        notAParcel(
                "xml-dtd",
                "waybill.xml with a document type",
                new TestTar()
                        .file("a", LOG)
                        .xml(new String(xml("a"), UTF_8)
                                .replace(
                                        "<waybill",
                                        "<!DOCTYPE waybill [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><waybill")
                                .getBytes(UTF_8))
                        .bytes());
        notAParcel(
                "xml-no-files",
                "waybill.xml names no files",
                new TestTar()
                        .file("a", LOG)
                        .xml(new String(xml("a"), UTF_8)
                                .replaceAll("  <file.*/>\n", "")
                                .getBytes(UTF_8))
                        .bytes());
    }

    private void contentsDiffer() {
        Manifest.Item a = new TestTar().file("a", LOG).items().getFirst();
        differs("sha256", "another digest", new Manifest.Item("a", LOG.length, Sha256.of(NOTHING), a.modified()));
        differs("size", "another size", new Manifest.Item("a", LOG.length + 1, a.sha256(), a.modified()));
        differs("name", "another name", new Manifest.Item("b", LOG.length, a.sha256(), a.modified()));
        differs("time", "another time", new Manifest.Item("a", LOG.length, a.sha256(), Parcels.CREATED));
        bad(
                "file-missing",
                Kind.CONTENTS_DIFFER,
                "waybill.xml names a file more",
                new TestTar()
                        .file("a", LOG)
                        .manifest(List.of(a, new Manifest.Item("b", LOG.length, a.sha256(), a.modified())))
                        .bytes());
        bad(
                "file-more",
                Kind.CONTENTS_DIFFER,
                "waybill.xml names a file less",
                new TestTar().file("a", LOG).file("b", LOG).manifest(List.of(a)).bytes());
        TestTar swapped = new TestTar().file("a", LOG).file("b", NOTHING);
        bad(
                "order",
                Kind.CONTENTS_DIFFER,
                "waybill.xml names the files in another order",
                swapped.manifest(swapped.items().reversed()).bytes());
    }

    private void differs(String name, String about, Manifest.Item promised) {
        bad(
                "differs-" + name,
                Kind.CONTENTS_DIFFER,
                "waybill.xml says " + about,
                new TestTar().file("a", LOG).manifest(List.of(promised)).bytes());
    }

    private void kind(String name, String about, byte kind) {
        boolean link = kind == TarConstants.LF_SYMLINK || kind == TarConstants.LF_LINK;
        String path = kind == TarConstants.LF_DIR ? "files/b/" : "files/b";
        notAParcel(
                name,
                about,
                new TestTar()
                        .file("a", LOG)
                        .entry(path, kind, link ? "/etc/passwd" : "", NOTHING)
                        .manifest()
                        .bytes());
    }

    private void pax(String name, String about, String key, String value) {
        TestTar tar = new TestTar().file("pax", NOTHING);
        notAParcel(
                name, about, new TestTar().pax(key, value).manifest(tar.items()).bytes());
    }

    private void path(String name, String about, String path) {
        notAParcel(
                "name-" + name,
                about,
                new TestTar()
                        .file("a", LOG)
                        .entry(path, TarConstants.LF_NORMAL, "", NOTHING)
                        .manifest()
                        .bytes());
    }

    private void notAParcel(String name, String about, byte[] plain) {
        bad(name, Kind.NOT_A_PARCEL, about, plain);
    }

    private void bad(String name, Kind kind, String about, byte[] plain) {
        out.bad("parcel", name, kind.name(), about).is(sealed(plain));
    }

    private void damaged(String name, String about, byte[] bytes) {
        out.bad("parcel", name, Kind.DAMAGED.name(), about).is(bytes);
    }

    private byte[] sealed(byte[] plain) {
        return TestTar.age(plain, keys.recipient());
    }

    /** A waybill.xml with names a {@link Manifest} would not take. */
    private static byte[] xml(String... names) {
        TestTar tar = new TestTar();
        for (int i = 0; i < names.length; i++) {
            tar.file("x" + i, LOG);
        }
        String xml = new String(
                ManifestXml.encode(new Manifest(Parcels.ID, "test", "0".repeat(32), Parcels.CREATED, tar.items())),
                UTF_8);
        for (int i = 0; i < names.length; i++) {
            xml = xml.replace("\"x" + i + "\"", "\"" + names[i] + "\"");
        }
        return xml.getBytes(UTF_8);
    }

    private static byte[] ended(byte[] tar) {
        byte[] more = Arrays.copyOf(tar, tar.length + 512);
        more[more.length - 1] = 'x';
        return more;
    }

    private static byte[] flipped(byte[] right, int at) {
        byte[] wrong = right.clone();
        wrong[at] ^= 1;
        return wrong;
    }

    private static Manifest.Item item(String name, byte[] bytes, Instant modified) {
        return new Manifest.Item(name, bytes.length, Sha256.of(bytes), modified);
    }

    private static byte[] run(Path dir, String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command)
                .directory(dir.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        if (process.waitFor() != 0 || output.length == 0) {
            throw new IOException(command);
        }
        return output;
    }
}
