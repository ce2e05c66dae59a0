package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PiecesTest {

    static List<List<String>> rows() throws IOException {
        List<List<String>> rows = Files.readAllLines(Vectors.root().resolve("spec/vectors/pieces/pieces.csv")).stream()
                .filter(line -> !line.startsWith("#") && !line.startsWith("size,"))
                .map(line -> List.of(line.split(",", -1)))
                .toList();
        assertThat(rows).hasSizeGreaterThan(5);
        return rows;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void areAsTheTableSays(List<String> row) throws UpdateFault {
        byte[] file = new byte[Integer.parseInt(row.get(0))];
        Pieces.Hashed hashed = hash(file, 10_007);

        Pieces pieces = hashed.pieces();
        assertThat(pieces.count()).isEqualTo(Integer.parseInt(row.get(1))).isEqualTo(Pieces.count(file.length));
        assertThat(hashed.sha256()).isEqualTo(new Sha256(row.get(3)));
        assertThat(Sha256.of(pieces.list())).isEqualTo(new Sha256(row.get(4)));
        assertThat(Pieces.of(file.length, pieces.list(), new Sha256(row.get(4))).count())
                .isEqualTo(pieces.count());
        if (pieces.count() > 0) {
            assertThat(pieces.length(pieces.count() - 1)).isEqualTo(Integer.parseInt(row.get(2)));
        }
    }

    @Property(tries = 50)
    void eachPieceIsKnownByItselfAndNoOther(@ForAll @IntRange(max = 3_200_000) int size, @ForAll long seed)
            throws UpdateFault {
        byte[] file = new byte[size];
        new Random(seed).nextBytes(file);
        Pieces pieces = hash(file, 1 + (int) Math.floorMod(seed, 70_000L)).pieces();

        long sum = 0;
        for (int i = 0; i < pieces.count(); i++) {
            assertThat(pieces.offset(i)).isEqualTo(sum);
            int at = (int) pieces.offset(i);
            int length = pieces.length(i);
            pieces.check(i, file, at, length);
            assertThat(pieces.digest(i)).isEqualTo(Sha256.of(Arrays.copyOfRange(file, at, at + length)));
            file[at + length / 2] ^= 1;
            assertWrong(pieces, i, file, at, length);
            file[at + length / 2] ^= 1;
            assertWrong(pieces, i, file, at, length - 1);
            sum += length;
        }
        assertThat(sum).isEqualTo(size);
        assertThat(pieces.size()).isEqualTo(size);
    }

    @Test
    void aListThatIsNotTheReleasesIsWrongAndOneOfAnotherLengthMalformed() {
        byte[] list = hash(new byte[2_000_000], 65536).pieces().list();
        byte[] flipped = list.clone();
        flipped[0] ^= 1;
        assertFault(UpdateFault.Kind.WRONG_CONTENT, 2_000_000, flipped, Sha256.of(list));
        assertFault(UpdateFault.Kind.MALFORMED, 1_000_000, list, Sha256.of(list));
        assertFault(UpdateFault.Kind.MALFORMED, 3_000_000, list, Sha256.of(list));
        assertFault(UpdateFault.Kind.MALFORMED, 1_000_000, new byte[33], Sha256.of(new byte[33]));
    }

    @Test
    void noFileIsLargerThanItMayBe() {
        assertThat(Pieces.count(Packet.Release.MAX_FILE)).isEqualTo(1 << 18);
        assertThatIllegalArgumentException().isThrownBy(() -> Pieces.count(Packet.Release.MAX_FILE + 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Pieces.count(-1));
        Pieces none = hash(new byte[0], 1).pieces();
        assertThatThrownBy(() -> none.digest(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static Pieces.Hashed hash(byte[] file, int step) {
        Pieces.Hasher hasher = new Pieces.Hasher();
        for (int at = 0; at < file.length; at += step) {
            hasher.update(file, at, Math.min(step, file.length - at));
        }
        return hasher.end();
    }

    private static void assertWrong(Pieces pieces, int piece, byte[] bytes, int offset, int length) {
        assertThatThrownBy(() -> pieces.check(piece, bytes, offset, length))
                .isInstanceOfSatisfying(
                        UpdateFault.class, fault -> assertThat(fault.kind()).isEqualTo(UpdateFault.Kind.WRONG_CONTENT));
    }

    private static void assertFault(UpdateFault.Kind kind, long size, byte[] list, Sha256 digest) {
        assertThatThrownBy(() -> Pieces.of(size, list, digest))
                .isInstanceOfSatisfying(
                        UpdateFault.class, fault -> assertThat(fault.kind()).isEqualTo(kind));
    }
}
