package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CommitmentTest {
    @Property
    void opensItsOwnCommitmentAndNoOther(@ForAll @Size(32) byte[] secret) {
        Commitment commitment = Commitment.to(secret);

        assertThat(commitment.commit()).isEqualTo(Sha256.of(secret));
        assertThat(commitment.opens(Sha256.of(secret))).isTrue();
        assertThat(commitment.opens(Sha256.ofDigest(secret))).isFalse();
    }

    @Test
    void doesNotPrintItsSecret() {
        Commitment commitment = Commitment.to(new byte[32]);

        assertThat(commitment.toString())
                .doesNotContain(commitment.secret())
                .contains(commitment.commit().base64Url());
    }

    @Test
    void isOf32Bytes() {
        assertThatIllegalArgumentException().isThrownBy(() -> Commitment.to(new byte[31]));
        assertThatIllegalArgumentException().isThrownBy(() -> new Commitment("AAAA"));
    }
}
