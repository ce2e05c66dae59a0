package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import waybill.protocol.AliasUrl;

class CrowdTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final AliasUrl OWN = Sample.alias("192.168.7.9");

    private final long start = -3 * MINUTE;
    private final Crowd crowd = new Crowd(start);

    @Test
    void aRelayThatWasNeverChosenTakesManyForGranted() {
        assertThat(crowd.estimate(start)).isEqualTo(Crowd.SILENT);
        crowd.said(1, start);
        assertThat(crowd.estimate(start))
                .as("those who stayed silent were not counted")
                .isEqualTo(Crowd.SILENT);
    }

    @Test
    void aRelayThatWasChosenAndHeardOfNoOtherIsAlone() {
        choose(start);
        assertThat(crowd.estimate(start)).isEqualTo(1);
        crowd.said(1, start);
        assertThat(crowd.estimate(start)).isEqualTo(1);
    }

    @Test
    void aChosenRelayCountsTheOthersThatWereChosen() {
        choose(start);
        crowd.chosen(Sample.alias("192.168.7.10"), start);
        crowd.chosen(Sample.alias("192.168.7.11"), start);
        crowd.chosen(Sample.alias("192.168.7.11"), start);
        assertThat(crowd.estimate(start)).isEqualTo(3);
    }

    @Test
    void aRelayIsOneWhateverTheBackendOfItsAlias() {
        choose(start);
        crowd.chosen(AliasUrl.parse("https://192.168.7.10:7506/a/one"), start);
        crowd.chosen(AliasUrl.parse("https://192.168.7.10:7506/a/two"), start);
        assertThat(crowd.estimate(start)).isEqualTo(2);
    }

    @Test
    void theLargestNumberSaidWithinTheHourCounts() {
        choose(start + 70 * MINUTE);
        crowd.said(40, start + 10 * MINUTE);
        crowd.said(7, start + 30 * MINUTE);
        assertThat(crowd.estimate(start + 69 * MINUTE)).isEqualTo(40);
        assertThat(crowd.estimate(start + 70 * MINUTE)).isEqualTo(7);
        assertThat(crowd.estimate(start + 90 * MINUTE)).isEqualTo(1);
    }

    @Test
    void whatIsHeardAnHourLaterTakesTheOldOnesPlace() {
        choose(start + 60 * MINUTE);
        crowd.said(40, start);
        crowd.said(7, start + 60 * MINUTE);
        assertThat(crowd.estimate(start + 60 * MINUTE)).isEqualTo(7);
    }

    @Test
    void beingChosenIsForgottenAfterAnHourAndSoAreOthers() {
        choose(start);
        crowd.chosen(Sample.alias("192.168.7.10"), start);
        choose(start + 30 * MINUTE);
        assertThat(crowd.estimate(start + 59 * MINUTE)).isEqualTo(2);
        assertThat(crowd.estimate(start + 61 * MINUTE)).isEqualTo(1);
        assertThat(crowd.estimate(start + 91 * MINUTE)).isEqualTo(Crowd.SILENT);
    }

    @Test
    void nobodyIsBelievedBeyondALimit() {
        crowd.said(Integer.MAX_VALUE, start);
        assertThat(crowd.estimate(start)).isEqualTo(Crowd.MOST);
    }

    @Test
    void whatIsRememberedOfOthersIsBounded() {
        choose(start);
        for (int i = 0; i < 5000; i++) {
            crowd.chosen(AliasUrl.parse("https://10.0." + i / 256 + "." + i % 256 + ":7506/a/x"), start);
        }
        assertThat(crowd.estimate(start)).isEqualTo(1025);
    }

    private void choose(long now) {
        crowd.self(OWN);
        crowd.chosen(OWN, now);
    }
}
