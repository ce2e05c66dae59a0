package waybill.discovery.dnssd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MdnsResponderTest {
    private static final DnsMessage ASK = Scene.ask(RelayRecords.SERVICE, DnsRecord.PTR);

    private final Scene scene = new Scene();

    @Test
    void itProbesThriceAndAnnouncesItselfTwice() {
        List<DnsMessage> sent =
                scene.sentWithin(5_000).stream().map(Scene::parse).toList();

        assertThat(sent).hasSize(5);
        assertThat(sent.subList(0, 3)).allSatisfy(probe -> {
            assertThat(probe.response()).isFalse();
            assertThat(probe.questions())
                    .extracting(DnsMessage.Question::name)
                    .containsExactly(Scene.RECORDS.instance(), Scene.RECORDS.host());
            assertThat(probe.authorities())
                    .extracting(DnsRecord::data)
                    .containsExactlyElementsOf(
                            Scene.RECORDS.unique().stream().map(DnsRecord::data).toList());
        });
        assertThat(sent.subList(3, 5)).allSatisfy(announcement -> {
            assertThat(announcement.response()).isTrue();
            assertThat(announcement.known()).containsExactlyElementsOf(Scene.RECORDS.all());
        });
        assertThat(scene.responder.next()).as("then it is silent").isEmpty();
    }

    @Test
    void nothingIsAnsweredBeforeTheNamesAreItsOwn() {
        scene.responder.heard(ASK, Scene.PLAIN_NEIGHBOUR);

        assertThat(scene.sentWithin(400)).allMatch(one -> one.to().isEmpty());
    }

    @Test
    void whoAsksAsARequesterDoesIsAnsweredAloneWithAllItNeeds() throws Exception {
        List<MdnsResponder.Outgoing> answers = scene.settled().told(ASK, Scene.PLAIN_NEIGHBOUR);

        assertThat(answers)
                .singleElement()
                .satisfies(one -> assertThat(one.to()).contains(Scene.PLAIN_NEIGHBOUR));
        DnsMessage answer = Scene.parse(answers.getFirst());
        assertThat(answer.id()).isEqualTo(7);
        assertThat(answer.questions()).isEqualTo(ASK.questions());
        assertThat(answer.known()).singleElement().satisfies(one -> {
            assertThat(one.data()).isEqualTo(new DnsRecord.Pointer(Scene.RECORDS.instance()));
            assertThat(one.ttl()).isEqualTo(10);
        });
        assertThat(answer.additionals())
                .allMatch(one -> !one.unique() && one.ttl() <= 10)
                .extracting(DnsRecord::data)
                .containsExactlyElementsOf(
                        Scene.RECORDS.unique().stream().map(DnsRecord::data).toList());
    }

    @Test
    void whoSpeaksMulticastDnsIsAnsweredBeforeAllOrAloneAsHeLikes() {
        scene.settled();

        List<MdnsResponder.Outgoing> toAll = scene.told(ASK, Scene.NEIGHBOUR);
        assertThat(toAll).singleElement().satisfies(one -> assertThat(one.to()).isEmpty());
        assertThat(Scene.parse(toAll.getFirst()).known())
                .containsExactly(Scene.RECORDS.shared().getFirst());

        DnsMessage alone = DnsMessage.query(
                0, List.of(new DnsMessage.Question(RelayRecords.SERVICE, DnsRecord.PTR, true)), List.of());
        assertThat(scene.told(alone, Scene.NEIGHBOUR))
                .singleElement()
                .satisfies(one -> assertThat(one.to()).contains(Scene.NEIGHBOUR));
    }

    @Test
    void whatIsKnownOrWasJustSaidIsNotSaidAgain() {
        scene.settled();
        DnsMessage knows = new DnsMessage(
                0, false, ASK.questions(), List.of(Scene.RECORDS.shared().getFirst()), List.of(), List.of());
        assertThat(scene.told(knows, Scene.NEIGHBOUR)).isEmpty();

        scene.responder.heard(ASK, Scene.NEIGHBOUR);
        assertThat(scene.sentWithin(200)).hasSize(1);
        scene.responder.heard(ASK, Scene.NEIGHBOUR);
        assertThat(scene.sentWithin(200)).isEmpty();
    }

    @Test
    void nobodyIsListenedToButNeighboursAndTheseNotTooOften() {
        scene.settled();

        assertThat(scene.responder.listensTo(Scene.ip("10.0.0.1"))).isFalse();
        int taken = 0;
        for (int i = 0; i < 1000; i++) {
            taken += scene.responder.listensTo(Scene.NEIGHBOUR.getAddress()) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(40);
        for (int i = 0; i < 1000; i++) {
            scene.responder.heard(ASK, Scene.PLAIN_NEIGHBOUR);
        }
        assertThat(scene.sentWithin(200)).as("what waits is bounded").hasSize(64);
    }

    @Test
    void aFloodUnderManyAddressesIsBoundedAndOverSoon() {
        scene.settled();
        int taken = 0;
        for (int i = 0; i < 1000; i++) {
            taken += scene.responder.listensTo(Scene.ip("192.168.7." + (30 + i % 200))) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(400);
        scene.sentWithin(100);
        assertThat(scene.responder.listensTo(Scene.NEIGHBOUR.getAddress())).isTrue();
    }

    @Test
    void whatIsAskedAmongManyOthersIsAnsweredAndNoMoreThanEightQuestions() {
        scene.settled();
        List<DnsMessage.Question> questions = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            questions.add(new DnsMessage.Question(DnsName.of("other-" + i, "local"), DnsRecord.ANY, false));
        }
        for (int type = 1_000; type < 1_100; type++) {
            questions.add(new DnsMessage.Question(Scene.RECORDS.host(), type, false));
        }
        List<MdnsResponder.Outgoing> told =
                scene.told(DnsMessage.query(7, questions, List.of()), Scene.PLAIN_NEIGHBOUR);
        assertThat(told).hasSize(1);
        assertThat(Scene.parse(told.getFirst()).questions()).hasSize(8);
    }

    @Test
    void namesAreComparedByTheirLabelsWhateverTheCase() {
        DnsName name = DnsName.of("Waybill \u00c4", "_TCP", "local");
        assertThat(name)
                .isEqualTo(DnsName.of("wAYBILL \u00c4", "_tcp", "LOCAL"))
                .hasSameHashCodeAs(DnsName.of("wAYBILL \u00c4", "_tcp", "LOCAL"))
                .isNotEqualTo(DnsName.of("waybill \u00e4", "_tcp", "local"))
                .isNotEqualTo(DnsName.of("waybill \u00c4", "_tcp"))
                .isNotEqualTo(DnsName.of("waybill \u00c4", "_tcploc", "al"));
    }

    @Test
    void thatANameHasNoMoreIsSaidAndOfOtherNamesNothing() {
        scene.settled();

        List<MdnsResponder.Outgoing> none = scene.told(Scene.ask(Scene.RECORDS.host(), 5), Scene.NEIGHBOUR);
        assertThat(none).hasSize(1);
        assertThat(Scene.parse(none.getFirst()).known())
                .singleElement()
                .satisfies(one -> assertThat(one.type()).isEqualTo(DnsRecord.NSEC));
        assertThat(scene.told(Scene.ask(DnsName.of("_http", "_tcp", "local"), DnsRecord.PTR), Scene.NEIGHBOUR))
                .isEmpty();
    }

    @Test
    void whatSomebodyElseHasAlreadyIsNotClaimed() {
        scene.sentWithin(300);
        scene.responder.heard(claim(0), Scene.NEIGHBOUR);

        scene.sentWithin(5_000);
        assertThat(scene.responder.records()).isEqualTo(Scene.RECORDS.renamed());
    }

    @Test
    void aLiarWhoClaimsEveryNameCostsLittle() {
        int sent = 0;
        for (int i = 0; i < 600; i++) {
            scene.responder.heard(claim(scene.responder.records().name()), Scene.NEIGHBOUR);
            sent += scene.sentWithin(100).size();
        }
        assertThat(sent).as("probes in a minute").isLessThan(60);
    }

    @Test
    void whoeverClaimsANameLaterMakesItProbeAgainUnlessItIsItself() {
        scene.settled();
        scene.responder.heard(claim(0), new InetSocketAddress(Scene.OTHER_OWN, Mdns.PORT));
        assertThat(scene.sentWithin(1_000)).isEmpty();
        scene.responder.heard(claim(0), Scene.PLAIN_NEIGHBOUR);
        assertThat(scene.sentWithin(1_000))
                .as("not from the port of Multicast DNS")
                .isEmpty();

        scene.responder.heard(claim(0), Scene.NEIGHBOUR);
        assertThat(scene.sentWithin(5_000)).hasSize(5);
        assertThat(scene.responder.records()).as("nobody insisted").isEqualTo(Scene.RECORDS);
    }

    @Test
    void twoThatProbeForTheSameNameGoOneAfterTheOther() {
        scene.sentWithin(300);
        DnsMessage probe = DnsMessage.query(
                0, List.of(new DnsMessage.Question(Scene.RECORDS.instance(), DnsRecord.ANY, false)), claim(0).known());
        scene.responder.heard(probe, Scene.NEIGHBOUR);
        assertThat(scene.sentWithin(900)).isEmpty();
        assertThat(scene.sentWithin(5_000)).hasSize(5);
    }

    @Test
    void whoProbesForItsNameHearsAtOnceThatItIsTaken() {
        scene.settled();
        scene.responder.heard(Scene.ask(Scene.RECORDS.instance(), DnsRecord.SRV), Scene.NEIGHBOUR);
        assertThat(scene.sentWithin(100)).hasSize(1);
        DnsMessage probe = DnsMessage.query(
                0, List.of(new DnsMessage.Question(Scene.RECORDS.instance(), DnsRecord.ANY, true)), claim(0).known());
        scene.responder.heard(probe, Scene.NEIGHBOUR);

        assertThat(scene.responder.due())
                .singleElement()
                .satisfies(one -> assertThat(one.to()).isEmpty());
    }

    @Test
    void itSaysGoodbyeToThoseWhoWereTold() {
        assertThat(scene.responder.goodbye()).isEmpty();
        scene.settled();

        DnsMessage goodbye = Scene.parse(scene.responder.goodbye().orElseThrow());
        assertThat(goodbye.known()).allMatch(one -> one.ttl() == 0);
        assertThat(goodbye.known())
                .extracting(DnsRecord::data)
                .contains(new DnsRecord.Pointer(Scene.RECORDS.instance()))
                .as("there may be other kinds of services")
                .doesNotContain(new DnsRecord.Pointer(RelayRecords.SERVICE));
    }

    /** Somebody else's word that the relay's names are his. */
    private static DnsMessage claim(int name) {
        return DnsMessage.answer(
                new RelayRecords(Scene.NODE, 1, List.of(Scene.ip("192.168.7.9")), name).unique(), List.of());
    }
}
