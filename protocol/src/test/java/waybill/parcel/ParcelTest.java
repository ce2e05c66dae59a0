package waybill.parcel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.exceptionfactory.jagged.bech32.Bech32;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.parcel.ParcelFault.Kind;
import waybill.parcel.Parcels.Bytes;
import waybill.parcel.Parcels.Kept;
import waybill.protocol.Sha256;

class ParcelTest {
    private static final AgeKeys KEYS = AgeKeys.generate();
    private static final String RECIPIENT = KEYS.recipient();

    @Test
    void whatWasSealedOpensByteForByteWithTheSameSummary() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] salt = Parcels.pattern(16);
        List<Bytes> files = List.of(
                Bytes.of("log.txt", Parcels.pattern(100_000)),
                Bytes.of("folder/ünï  \"<&>'.bin", new byte[0]),
                Bytes.of("folder/deeper/" + "n".repeat(200), Parcels.pattern(513)));
        Parcel.Summary sealed = Parcel.seal(Parcels.ID, "host <&> 1", salt, Parcels.CREATED, files, RECIPIENT, out);

        Kept kept = new Kept();
        Parcel.Summary opened = Parcels.open(out.toByteArray(), kept, KEYS.identity());

        assertThat(opened.manifest()).isEqualTo(sealed.manifest());
        assertThat(opened.xml()).isEqualTo(sealed.xml());
        assertThat(opened.contents()).isEqualTo(sealed.contents()).isEqualTo(Sha256.of(sealed.xml()));
        assertThat(opened.manifest().sender()).isEqualTo("host <&> 1");
        assertThat(kept.files).containsOnlyKeys(files.stream().map(Bytes::name).toList());
        files.forEach(f -> assertThat(kept.bytes(f.name())).isEqualTo(f.bytes()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 512, 61_951, 61_952, 61_953, 65_536, 127_488, 131_072})
    void sizesAroundRecordsAndChunksGiveTheSameBytesBack(int size) throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", Parcels.pattern(size))));
        Kept kept = new Kept();
        Parcels.open(sealed, kept, KEYS.identity());
        assertThat(kept.bytes("f")).isEqualTo(Parcels.pattern(size));
    }

    @Test
    void anyOfTheIdentitiesOpensIt() throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", new byte[10])));
        Kept kept = new Kept();
        Parcels.open(sealed, kept, AgeKeys.generate().identity(), KEYS.identity());
        assertThat(kept.files).containsOnlyKeys("f");
    }

    @Test
    void anotherIdentityDoesNotOpenIt() throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", new byte[10])));
        assertFault(
                Kind.NOT_FOR_US,
                () -> Parcels.open(sealed, new Kept(), AgeKeys.generate().identity()));
        assertFault(Kind.NOT_FOR_US, () -> Parcels.open(sealed, new Kept()));
    }

    @Test
    void aFlippedBitAnywhereIsFound() throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", Parcels.pattern(3000))));
        for (int at = 0; at < sealed.length; at += 7) {
            byte[] flipped = sealed.clone();
            flipped[at] ^= 1;
            assertThatThrownBy(() -> Parcels.open(flipped, new Kept(), KEYS.identity()))
                    .as("bit flipped at %d", at)
                    .isInstanceOf(ParcelFault.class)
                    .extracting("kind")
                    .isIn(Kind.DAMAGED, Kind.NOT_FOR_US);
        }
    }

    @Test
    void whatIsCutShortOrGoesOnIsDamaged() throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", Parcels.pattern(200_000))));
        for (int length : new int[] {0, 1, 21, 22, 100, 183, 184, 200, 201, 65_000, 65_752, sealed.length - 1}) {
            byte[] cut = java.util.Arrays.copyOf(sealed, length);
            assertFault(Kind.DAMAGED, () -> Parcels.open(cut, new Kept(), KEYS.identity()));
        }
        byte[] longer = java.util.Arrays.copyOf(sealed, sealed.length + 1);
        assertFault(Kind.DAMAGED, () -> Parcels.open(longer, new Kept(), KEYS.identity()));
    }

    @Test
    void aFailingCarrierIsNoFaultOfTheParcel() throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", Parcels.pattern(200_000))));
        ReadableByteChannel carrier = Channels.newChannel(new ByteArrayInputStream(sealed, 0, 150_000));
        ReadableByteChannel breaks = new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer target) throws IOException {
                int read = carrier.read(target);
                if (read < 0) {
                    throw new IOException("the disk broke");
                }
                return read;
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}
        };
        assertThatThrownBy(() -> Parcel.open(breaks, List.of(KEYS.identity()), new Kept()))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("the disk broke");
    }

    @Test
    void aFailingSinkIsNoFaultOfTheParcel() throws Exception {
        byte[] sealed = Parcels.seal(RECIPIENT, List.of(Bytes.of("f", Parcels.pattern(10))));
        Parcel.Sink full = (name, size, modified) -> new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("disk full");
            }
        };
        assertThatThrownBy(() -> Parcels.open(sealed, full, KEYS.identity()))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("disk full");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/etc/passwd",
                "a//b",
                "a/",
                "./a",
                "a/./b",
                "..",
                "../a",
                "a/../b",
                "a\\b",
                "a\0b",
                "a\nb",
                "a\u007fb",
                "a\u0085b",
                "a\u202eb",
                "a\u2066b",
                "a\u2028b",
                "a\uffffb",
                "a\ud800b"
            })
    void aNameThatIsNoPlainRelativeOneIsNotSealed(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertFault(
                Kind.NOT_A_PARCEL,
                () -> Parcel.seal(
                        Parcels.ID,
                        "s",
                        new byte[16],
                        Parcels.CREATED,
                        List.of(Bytes.of(name, new byte[0])),
                        RECIPIENT,
                        out));
        assertThat(out.size()).isZero();
    }

    @Test
    void namesHaveLimits() throws Exception {
        String longest = ("n".repeat(255) + "/").repeat(4) + "";
        List<Bytes> fits = List.of(Bytes.of(longest.substring(0, 1023), new byte[1]));
        Kept kept = new Kept();
        Parcels.open(Parcels.seal(RECIPIENT, fits), kept, KEYS.identity());
        assertThat(kept.files).hasSize(1);

        for (String name : List.of(longest + "nn", "n".repeat(256), "ü".repeat(128))) {
            assertFault(Kind.NOT_A_PARCEL, () -> Parcels.seal(RECIPIENT, List.of(Bytes.of(name, new byte[1]))));
        }
    }

    @Test
    void noTwoFilesAreInEachOthersWay() {
        Bytes a = Bytes.of("a", new byte[0]);
        assertFault(Kind.NOT_A_PARCEL, () -> Parcels.seal(RECIPIENT, List.of(a, a)));
        assertFault(Kind.NOT_A_PARCEL, () -> Parcels.seal(RECIPIENT, List.of(a, Bytes.of("a/b", new byte[0]))));
        assertFault(Kind.NOT_A_PARCEL, () -> Parcels.seal(RECIPIENT, List.of(Bytes.of("a/b/c", new byte[0]), a)));
    }

    @Test
    void noFilesOrTooManyAreNotSealed() {
        assertFault(Kind.NOT_A_PARCEL, () -> Parcels.seal(RECIPIENT, List.of()));
        List<Bytes> many = IntStream.rangeClosed(0, Manifest.MAX_FILES)
                .mapToObj(i -> Bytes.of("f" + i, new byte[0]))
                .toList();
        assertFault(Kind.NOT_A_PARCEL, () -> Parcels.seal(RECIPIENT, many));
    }

    @Test
    void aRecipientThatIsNoneIsABadKey() {
        String smallOrder = Bech32.getEncoder().encode("age", new byte[32]).toString();
        for (String recipient :
                List.of("", "age1", KEYS.identity(), RECIPIENT.toUpperCase(java.util.Locale.ROOT), smallOrder)) {
            assertFault(Kind.BAD_KEY, () -> Parcels.seal(recipient, List.of(Bytes.of("f", new byte[0]))));
        }
        char last = RECIPIENT.charAt(61) == 'q' ? 'p' : 'q';
        assertFault(
                Kind.BAD_KEY,
                () -> Parcels.seal(RECIPIENT.substring(0, 61) + last, List.of(Bytes.of("f", new byte[0]))));
    }

    @Test
    void aSourceThatGivesOtherThanItsSizeIsAFaultAndNoParcelComesOfIt() {
        for (int size : new int[] {9, 11}) {
            Parcel.Source lies = new Parcel.Source() {
                @Override
                public String name() {
                    return "f";
                }

                @Override
                public long size() {
                    return size;
                }

                @Override
                public Instant modified() {
                    return Parcels.CREATED;
                }

                @Override
                public InputStream open() {
                    return new ByteArrayInputStream(new byte[10]);
                }
            };
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertFault(
                    Kind.CONTENTS_DIFFER,
                    () -> Parcel.seal(Parcels.ID, "s", new byte[16], Parcels.CREATED, List.of(lies), RECIPIENT, out));
            assertFault(Kind.DAMAGED, () -> Parcels.open(out.toByteArray(), new Kept(), KEYS.identity()));
        }
    }

    @Test
    void timesAreWholeSecondsAlsoFarAway() throws Exception {
        List<Instant> times = List.of(
                Instant.parse("1601-01-01T00:00:00.1Z"),
                Instant.parse("1969-12-31T23:59:59.999Z"),
                Instant.EPOCH,
                Instant.parse("2026-01-01T00:00:00.999999999Z"),
                Instant.parse("2400-01-01T00:00:00Z"),
                Instant.MIN,
                Instant.MAX);
        for (Instant time : times) {
            byte[] sealed = Parcels.seal(RECIPIENT, List.of(new Bytes("f", new byte[1], time)));
            Manifest manifest =
                    Parcels.open(sealed, new Kept(), KEYS.identity()).manifest();
            assertThat(manifest.files().getFirst().modified()).isEqualTo(Manifest.wholeSeconds(time));
        }
    }

    private static void assertFault(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .asInstanceOf(type(ParcelFault.class))
                .extracting(ParcelFault::kind)
                .isEqualTo(kind);
    }
}
