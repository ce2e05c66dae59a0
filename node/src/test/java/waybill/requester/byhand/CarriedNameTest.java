package waybill.requester.byhand;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.byhand.CarriedName.Kind;

class CarriedNameTest {
    private static final String ID = "019a8c1e-7b2a-7c3d-8e4f-0123456789ab";
    private static final String SHA = "550a49ead28c8f626c7026d5fad7b537003546386755f06a410a55a76055be87";

    @Test
    void saysWhatItHolds() {
        assertThat(CarriedName.parse(ID + "." + SHA + ".label"))
                .contains(new CarriedName(TaskId.parse(ID), new Sha256(SHA), Kind.LABEL));
        assertThat(new CarriedName(TaskId.parse(ID), new Sha256(SHA), Kind.REFUSAL))
                .hasToString(ID + "." + SHA + ".refusal");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                ID + ".label",
                ID + "." + SHA,
                ID + "." + SHA + ".",
                ID + "." + SHA + ".Label",
                ID + "." + SHA + ".label ",
                ID + "." + SHA + ".label.part",
                "../" + ID + "." + SHA + ".label",
                ID + "/" + SHA + ".label",
                ID + "." + SHA + "/label",
                ID + "." + SHA + ".exe",
                "019A8C1E-7B2A-7C3D-8E4F-0123456789AB." + SHA + ".label"
            })
    void isMatchedInItsOneFormOnly(String name) {
        assertThat(CarriedName.parse(name)).isEmpty();
    }

    @Property
    void everyNameReadsBackAndIsOneThatFatTakes(@ForAll("names") CarriedName name) {
        String text = name.toString();

        assertThat(CarriedName.parse(text)).contains(name);
        assertThat(text).matches("[0-9a-z.-]{1,109}").doesNotEndWith(".");
        assertThat(text.toLowerCase(Locale.ROOT)).isEqualTo(text);
    }

    @Property
    void whateverElseIsThereIsNoName(@ForAll String text) {
        assertThat(CarriedName.parse(text)).isEmpty();
    }

    @Property
    void anotherCharacterMakesAnotherNameOrNone(@ForAll("names") CarriedName name, @ForAll char character) {
        String text = name.toString();
        int at = character % text.length();
        String changed = text.substring(0, at) + character + text.substring(at + 1);

        CarriedName.parse(changed).ifPresent(read -> assertThat(read).hasToString(changed));
    }

    @Provide
    Arbitrary<CarriedName> names() {
        Arbitrary<TaskId> ids = Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                .as((high, low) -> new TaskId(new UUID(
                        (high & ~0xf000L) | 0x7000L, (low & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L)));
        Arbitrary<Sha256> digests =
                Arbitraries.bytes().array(byte[].class).ofSize(32).map(Sha256::ofDigest);
        return Combinators.combine(ids, digests, Arbitraries.of(Kind.class)).as(CarriedName::new);
    }
}
