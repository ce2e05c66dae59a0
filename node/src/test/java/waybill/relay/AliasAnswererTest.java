package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Answerer;
import waybill.discovery.Lan;
import waybill.discovery.Turn;
import waybill.protocol.AliasUrl;
import waybill.protocol.BackendUrl;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;
import waybill.protocol.SharedOrigin;
import waybill.store.StoreFullException;

class AliasAnswererTest {
    private static final String PATH = "/a/AAAAAAAAAAAAAAAAAAAAAA";
    private static final NodeId NODE = new NodeId(Sha256.of(new byte[] {1}));
    private static final Lan OFFICE = new Lan("eth1", (Inet4Address) InetAddress.ofLiteral("192.0.2.7"), 24);
    private static final Lan PLANT = new Lan("eth2", (Inet4Address) InetAddress.ofLiteral("198.51.100.7"), 24);

    @TempDir
    Path directory;

    private Site site;

    @BeforeEach
    void setUp() throws IOException {
        site = new Site(directory, Duration.ZERO);
    }

    @Test
    void theAliasIsAtTheRelaysOwnAddressOnTheLanOfTheQuestion() {
        Answerer answerer = listening("0.0.0.0", true);

        assertThat(answerer.answer(put(10), OFFICE).orElseThrow().alias())
                .isEqualTo(AliasUrl.parse("https://192.0.2.7:7506" + PATH));
        assertThat(answerer.answer(put(10), PLANT).orElseThrow().alias())
                .isEqualTo(AliasUrl.parse("https://198.51.100.7:7506" + PATH));
        assertThat(answerer.answer(put(10), PLANT).orElseThrow().node()).isEqualTo(NODE);
    }

    @Test
    void aServiceAtOneAddressIsOfferedOnItsOwnLanOnly() {
        Answerer answerer = listening("192.0.2.8", false);

        assertThat(answerer.answer(put(10), OFFICE).orElseThrow().alias())
                .isEqualTo(AliasUrl.parse("http://192.0.2.8:7506" + PATH));
        assertThat(answerer.answer(put(10), PLANT)).isEmpty();
    }

    @Test
    void aBackendThatIsNotConfiguredGetsNoAnswer() {
        Packet.Request other = new Packet.Request(
                site.task(),
                Packet.Method.PUT,
                BackendUrl.parse("https://backend.example/inbox2"),
                10,
                0,
                4,
                Sha256.of(new byte[0]));

        assertThat(listening("0.0.0.0", true).answer(other, OFFICE)).isEmpty();
    }

    @Test
    void aQuestionForUpdatesIsLeftToWhoGivesThem() {
        Packet.Request get =
                new Packet.Request(site.task(), Packet.Method.GET, FakeBackend.URL, 10, 0, 4, Sha256.of(new byte[0]));

        assertThat(listening("0.0.0.0", true).answer(get, OFFICE)).isEmpty();
    }

    @Test
    void anOriginIsOfferedWhereItsOperatorNamedTheVerySame() {
        Sha256 key = SharedOrigin.keyOf(BackendUrl.parse("http://origin.example/debian"));
        Answerer answerer = new AliasAnswerer(
                NODE,
                true,
                new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 7506),
                Map.of(FakeBackend.URL, new AliasAnswerer.Alias(PATH, site.service, Optional.empty(), key::equals)));

        assertThat(answerer.answer(get(new SharedOrigin(FakeBackend.URL, key)), OFFICE)
                        .orElseThrow()
                        .promise()
                        .hops())
                .isEqualTo(1);
        assertThat(answerer.turn(get(new SharedOrigin(FakeBackend.URL, key)))).isInstanceOf(Turn.Elected.class);
        Sha256 other = SharedOrigin.keyOf(BackendUrl.parse("https://origin.example/debian"));
        assertThat(answerer.answer(get(new SharedOrigin(FakeBackend.URL, other)), OFFICE))
                .isEmpty();
        BackendUrl foreign = BackendUrl.parse("https://other.example/inbox");
        assertThat(answerer.answer(get(new SharedOrigin(foreign, key)), OFFICE)).isEmpty();
    }

    @Test
    void atCapacityItIsSilent() {
        Answerer answerer = listening("0.0.0.0", true);
        assertThat(answerer.answer(put(1001), OFFICE)).isEmpty();

        site.store.full = StoreFullException.Limit.QUOTA;
        assertThat(catchThrowable(() -> site.service.deliver(site.arrival("too much"))))
                .isNotNull();

        assertThat(answerer.answer(put(10), OFFICE)).isEmpty();
    }

    private Answerer listening(String address, boolean encrypted) {
        return new AliasAnswerer(
                NODE,
                encrypted,
                new InetSocketAddress(InetAddress.ofLiteral(address), 7506),
                Map.of(FakeBackend.URL, new AliasAnswerer.Alias(PATH, site.service, Optional.empty())));
    }

    private Packet.Request get(SharedOrigin origin) {
        return new Packet.Request(
                site.task(), Packet.Method.GET, BackendUrl.parse(origin.toString()), 0, 0, 4, Sha256.of(new byte[0]));
    }

    private Packet.Request put(long size) {
        return new Packet.Request(site.task(), Packet.Method.PUT, FakeBackend.URL, size, 0, 4, Sha256.of(new byte[0]));
    }
}
