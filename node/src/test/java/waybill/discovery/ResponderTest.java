package waybill.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.Commitment;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.PacketFault;
import waybill.protocol.Promise;
import waybill.protocol.TaskId;

class ResponderTest {
    private static final int PORT = 7506;
    private static final InetSocketAddress ASKER = Sample.at("192.168.7.50", 51000);
    private static final Lan HOME = Lan.alone("test1", Sample.ip("172.16.0.9"));
    private static final Commitment SECRET = Sample.secret(1);

    private final AtomicLong ticker = new AtomicLong();
    private final Tally dropped = new Tally();
    private Optional<Answerer.Answer> answer =
            Optional.of(new Answerer.Answer(Sample.alias("192.168.7.20"), Sample.node(1), Sample.PROMISE));
    private final Responder responder = responder(Beacon.Limits.DEFAULT);

    @Test
    void aNeighbourIsAnsweredFromTheAliasUrlsAddress() throws Exception {
        TaskId id = Sample.id(1);
        hear(Sample.request(id, SECRET, 1), ASKER);

        Responder.Reply reply = repliesWithinTheWindow().getFirst();

        assertThat(reply.to()).isEqualTo(ASKER);
        assertThat(reply.from()).isEqualTo(Sample.ip("192.168.7.20"));
        assertThat(PacketCodec.parse(reply.bytes(), PacketCodec.MAX_UDP))
                .isEqualTo(new Packet.Response(
                        id, Packet.Method.PUT, Sample.alias("192.168.7.20"), Sample.node(1), Sample.PROMISE));
    }

    @Test
    void theLargestAnswerIsNoLargerThanTheSmallestRequest() {
        answer = Optional.of(new Answerer.Answer(
                AliasUrl.parse("https://192.168.7.20:65535/" + "a".repeat(256 - 27)),
                Sample.node(1),
                new Promise(Promise.MAX_SECONDS, Promise.MAX_SECONDS, Promise.MAX_BYTES, Promise.MAX_BYTES, 4)));
        byte[] request = PacketCodec.encode(new Packet.Request(
                Sample.id(1), Packet.Method.PUT, BackendUrl.parse("https://b"), 0, 0, 1, SECRET.commit()));
        responder.heard(request, ASKER, Optional.empty());

        assertThat(repliesWithinTheWindow().getFirst().bytes().length).isLessThanOrEqualTo(request.length);
    }

    @Test
    void anAnswerLargerThanItsRequestIsNotSent() {
        String unpadded = new String(
                        PacketCodec.encode(Sample.request(Sample.id(1), SECRET, 1)), StandardCharsets.UTF_8)
                .replaceFirst(" pad=\"[^\"]*\"", "");
        responder.heard(unpadded.getBytes(StandardCharsets.UTF_8), ASKER, Optional.empty());

        answer = Optional.of(new Answerer.Answer(
                AliasUrl.parse("https://192.168.7.20:7506/" + "a".repeat(230)), Sample.node(1), Sample.PROMISE));
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.of(Tally.Reason.LARGER_THAN_REQUEST)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "192.168.8.50, 51000",
        "192.168.7.255, 51000",
        "192.168.7.0, 51000",
        "224.0.0.1, 51000",
        "255.255.255.255, 51000",
        "0.0.0.0, 51000",
        "192.168.7.50, 0",
        "192.168.7.50, 7506",
        "::1, 51000"
    })
    void nobodyElseIsAnswered(String source, int port) {
        hear(Sample.request(Sample.id(1), SECRET, 1), Sample.at(source, port));
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.of(Tally.Reason.NOT_A_NEIGHBOUR)).isEqualTo(1);
    }

    @Test
    void anAskerOfAServedNetworkIsAnsweredWhereHeAskedByUnicast() {
        InetSocketAddress far = Sample.at("10.1.2.3", 51000);
        answer = Optional.of(new Answerer.Answer(Sample.alias("172.16.0.9"), Sample.node(1), Sample.PROMISE));
        byte[] request = PacketCodec.encode(Sample.request(Sample.id(1), SECRET, 1));

        assertThat(responder.heard(request, far, Optional.of(HOME))).isTrue();

        Responder.Reply reply = repliesWithinTheWindow().getFirst();
        assertThat(reply.to()).isEqualTo(far);
        assertThat(reply.from()).isEqualTo(Sample.ip("172.16.0.9"));
    }

    @Test
    void anAliasElsewhereIsNotSaidToAnAskerFromAfar() {
        byte[] request = PacketCodec.encode(Sample.request(Sample.id(1), SECRET, 1));
        responder.heard(request, Sample.at("10.1.2.3", 51000), Optional.of(HOME));
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.of(Tally.Reason.ALIAS_ELSEWHERE)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "10.1.2.3, -", // not by unicast
                "10.2.2.3, 192.168.7.20", // of a network that is not served
                "192.168.8.50, 192.168.7.20",
                "224.0.0.1, 192.168.7.20"
            })
    void whoIsNeitherANeighbourNorServedIsAStranger(String source, @Nullable String home) {
        byte[] request = PacketCodec.encode(Sample.request(Sample.id(1), SECRET, 1));
        assertThat(responder.heard(
                        request,
                        Sample.at(source, 51000),
                        Optional.ofNullable(home).map(one -> Lan.alone("test0", Sample.ip(one)))))
                .isFalse();
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.of(Tally.Reason.NOT_A_NEIGHBOUR)).isEqualTo(1);
    }

    @Test
    void aLanThatIsGoneIsAnsweredNoMore() {
        responder.answerOn(List.of());
        hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        assertThat(repliesWithinTheWindow()).isEmpty();
    }

    @Test
    void repeatsOfARoundAreAnsweredOnce() {
        for (int i = 0; i < 3; i++) {
            hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        }
        assertThat(repliesWithinTheWindow()).hasSize(1);
        hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.byName()).isEmpty();
    }

    @Test
    void locatedSilencesTheRound() {
        hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        hear(located(Sample.id(1), SECRET), ASKER);
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.byName()).isEmpty();
    }

    @Test
    void aForeignLocatedSilencesNobodyAndIsCounted() {
        hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        hear(located(Sample.id(1), Sample.secret(2)), ASKER);
        assertThat(repliesWithinTheWindow()).hasSize(1);
        assertThat(dropped.of(Tally.Reason.OTHER_ROUND)).isEqualTo(1);
    }

    @Test
    void theAnswererMayStaySilent() {
        answer = Optional.empty();
        hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        assertThat(repliesWithinTheWindow()).isEmpty();
    }

    @Test
    void anAliasOfAnotherNetworkIsNotSaid() {
        answer = Optional.of(new Answerer.Answer(Sample.alias("10.0.0.1"), Sample.node(1), Sample.PROMISE));
        hear(Sample.request(Sample.id(1), SECRET, 1), ASKER);
        assertThat(repliesWithinTheWindow()).isEmpty();
        assertThat(dropped.of(Tally.Reason.ALIAS_ELSEWHERE)).isEqualTo(1);
    }

    @Test
    void oneSourceIsHeardAtALimitedRate() {
        Responder strict = responder(new Beacon.Limits(2, 100, 100));
        for (int i = 0; i < 10; i++) {
            strict.heard(PacketCodec.encode(Sample.request(Sample.id(i), SECRET, 1)), ASKER, Optional.empty());
        }
        assertThat(dropped.of(Tally.Reason.OVER_RATE)).isEqualTo(6);
        strict.heard(
                PacketCodec.encode(Sample.request(Sample.id(99), SECRET, 1)),
                Sample.at("192.168.7.51", 51000),
                Optional.empty());
        assertThat(replies(strict)).as("others are heard all the same").hasSize(5);
    }

    @Test
    void allSourcesTogetherAreAnsweredAtALimitedRate() {
        Responder strict = responder(new Beacon.Limits(100, 2, 100));
        for (int i = 1; i <= 10; i++) {
            strict.heard(
                    PacketCodec.encode(Sample.request(Sample.id(i), SECRET, 1)),
                    Sample.at("192.168.7." + (100 + i), 51000),
                    Optional.empty());
        }
        assertThat(replies(strict)).hasSize(4);
        assertThat(dropped.of(Tally.Reason.OVER_RATE)).isEqualTo(6);
    }

    @Test
    void theRoundsRememberedAreLimited() {
        Responder strict = responder(new Beacon.Limits(100, 100, 3));
        for (int i = 0; i < 5; i++) {
            strict.heard(PacketCodec.encode(Sample.request(Sample.id(i), SECRET, 1)), ASKER, Optional.empty());
        }
        assertThat(replies(strict)).hasSize(3);
        assertThat(dropped.of(Tally.Reason.NO_ROOM)).isEqualTo(2);
    }

    @Test
    void otherPacketsAreDroppedAndCounted() {
        hear(
                new Packet.Response(
                        Sample.id(1), Packet.Method.PUT, Sample.alias("192.168.7.50"), Sample.node(1), Sample.PROMISE),
                ASKER);
        responder.heard(new byte[PacketCodec.MAX_UDP + 1], ASKER, Optional.empty());
        assertThat(dropped.of(Tally.Reason.OTHER_TYPE)).isEqualTo(1);
        assertThat(dropped.of(PacketFault.Kind.TOO_LARGE)).isEqualTo(1);
    }

    private Responder responder(Beacon.Limits limits) {
        Responder made = new Responder(
                PORT,
                List.of(Network.parse("10.1.0.0/16"), Network.parse("224.0.0.0/4")),
                (request, lan) -> answer,
                limits,
                new Random(1),
                ticker::get,
                dropped);
        made.answerOn(List.of(Sample.LAN));
        return made;
    }

    private void hear(Packet packet, InetSocketAddress source) {
        byte[] bytes = PacketCodec.encode(packet);
        responder.heard(Arrays.copyOf(bytes, bytes.length), source, Optional.empty());
    }

    private List<Responder.Reply> repliesWithinTheWindow() {
        return replies(responder);
    }

    private List<Responder.Reply> replies(Responder from) {
        ticker.addAndGet(TimeUnit.MILLISECONDS.toNanos(AnswerDelay.WINDOW_MILLIS));
        List<Responder.Reply> replies = new ArrayList<>();
        for (Responder.Ask ask : from.due()) {
            from.reply(ask).ifPresent(replies::add);
        }
        return replies;
    }

    private static Packet.Located located(TaskId id, Commitment secret) {
        return new Packet.Located(id, Packet.Method.PUT, Sample.alias("192.168.7.66"), secret);
    }
}
