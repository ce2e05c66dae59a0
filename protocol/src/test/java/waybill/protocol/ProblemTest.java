package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByItsCode(Problem problem) {
        assertThat(Problem.ofCode(problem.code())).isEqualTo(problem);
        assertThat(problem.code()).matches("[a-z]+(-[a-z]+)*");
        assertThat(problem.urn()).isEqualTo("urn:waybill:problem:" + problem.code());
        assertThat(problem.status()).isBetween(400, 599);
    }

    @Test
    void isNotFoundByAnyOther() {
        assertThatIllegalArgumentException().isThrownBy(() -> Problem.ofCode("Busy"));
    }
}
