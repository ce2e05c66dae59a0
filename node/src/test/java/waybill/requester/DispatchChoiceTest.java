package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.requester.Decisions.delivered;
import static waybill.requester.Decisions.expired;
import static waybill.requester.Stage.PROMISE;
import static waybill.requester.Stage.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.Promise;
import waybill.requester.Journey.Step;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;

/** Which of those that answer is tried (section 2). */
class DispatchChoiceTest {
    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void stage() throws IOException {
        stage = new Stage(directory);
        stage.config.via(Via.LAN);
    }

    private void onlyAnswers(int round, String... names) {
        var before = stage.finder.answering;
        stage.finder.answering = n -> n != round
                ? before.apply(n)
                : stage.finder.offers.stream()
                        .filter(o -> List.of(names).stream()
                                .anyMatch(name -> o.node().equals(Stage.node(name))))
                        .toList();
    }

    @Test
    void whoDeliveredBeforeIsPreferredToWhoPromisesMore() throws Exception {
        stage.relay("known", new Promise(3600, 0, 0, 1 << 20, 1), true);
        stage.relays().delivered(subject("known"));
        Host boaster = stage.relay("boaster", new Promise(0, 0, 0, 1 << 20, 1), true);
        delivered(stage.send());
        assertThat(boaster.puts).isZero();
    }

    @Test
    void afterTwoUnknownRelaysItLooksAgainForOneThatDelivered() throws Exception {
        for (String name : List.of("u1", "u2", "u3")) {
            stage.relay(name, new Promise(0, 0, 0, 1 << 20, 1), true).silent();
        }
        stage.relay("known");
        stage.relays().delivered(subject("known"));
        onlyAnswers(1, "u1", "u2", "u3");

        Decision.Delivered delivered = delivered(stage.send());
        assertThat(delivered.carrier().subject()).contains(subject("known"));
        assertThat(stage.steps(Step.Forwarding.class)).hasSize(3);
        assertThat(stage.finder.questions).hasSize(2);
    }

    @Test
    void whereOnlyUnknownRelaysAreLeftTheyAreTriedAllTheSame() throws Exception {
        for (String name : List.of("u1", "u2", "u3")) {
            stage.relay(name, new Promise(0, 0, 0, 1 << 20, 1), true).silent();
        }
        stage.relay("honest");
        delivered(stage.send());
        assertThat(stage.steps(Step.Forwarding.class)).hasSize(4);
        assertThat(stage.finder.questions).as("it looked again once").hasSize(2);
    }

    @Test
    void staleAlternativesAreNotTriedWithoutANewRound() throws Exception {
        stage.relay("late", new Promise(120, 0, 0, 1 << 20, 1), true).silent();
        stage.relay("moved", new Promise(200, 0, 0, 1 << 20, 1), true);
        stage.relay("honest", new Promise(300, 0, 0, 1 << 20, 1), true);
        onlyAnswers(1, "late", "moved");
        onlyAnswers(2, "honest");
        delivered(stage.send());
        assertThat(stage.hop.host(Stage.offer("moved", PROMISE, true).alias().uri()).puts)
                .isZero();
        assertThat(stage.finder.questions).hasSize(2);
    }

    @Test
    void theNextRequestSaysHowManyAnsweredLately() throws Exception {
        stage.relay("one");
        stage.relay("two");
        stage.send();
        stage.send();
        assertThat(stage.finder.questions).extracting(q -> q.relays()).containsExactly(0, 2);
    }

    @Test
    void whoAnsweredTooLateToBeChosenWasSeenAllTheSame() throws Exception {
        stage.relay("one");
        stage.finder.late = List.of(Stage.node("two"), Stage.node("three"));
        stage.send();
        stage.finder.late = List.of();
        stage.send();
        assertThat(stage.finder.questions).extracting(q -> q.relays()).containsExactly(0, 3);
    }

    @Test
    void aLanThatCannotBeAskedIsSaidInTheDecision() throws Exception {
        stage.finder.onAsk = () -> {
            throw new IOException("no interface is up");
        };
        Decision.Expired expired = expired(stage.send());
        assertThat(expired.reason()).isEqualTo(Decision.Reason.NO_PROFILE);
        assertThat(expired.kept()).isFalse();
        assertThat(expired.detail()).isEqualTo("no interface is up");
        assertThat(stage.outbox()).isEmpty();
    }

    @Test
    void aLanThatComesUpIsAsked() throws Exception {
        stage.relay("honest");
        stage.finder.onAsk = () -> {
            if (stage.finder.questions.size() == 1) {
                throw new IOException("no interface is up");
            }
        };
        delivered(stage.send());
    }
}
