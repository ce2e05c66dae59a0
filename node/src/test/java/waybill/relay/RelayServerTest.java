package waybill.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import waybill.discovery.Lans;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.discovery.UdpRelayFinder;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.client.HttpHopClient;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.NodeId;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.SignedPackets;
import waybill.store.DirectoryInUseException;

/** A whole relay with its real parts, on the loopback alone. */
@Timeout(120)
class RelayServerTest {
    private static final byte[] BYTES = "a sealed parcel".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private final HopClient client = HttpHopClient.create();
    private final DeliveryKey key = new DeliveryKey(
            TaskId.fresh(InstantSource.system(), new Random()), Sha256.of(BYTES), Optional.of(Sha256.of(new byte[] {1
            })));
    private SigningBackend backend;
    private int discoveryPort;

    @BeforeEach
    void setUp() throws IOException {
        backend = new SigningBackend();
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            discoveryPort = free.getLocalPort();
        }
    }

    @AfterEach
    void tearDown() {
        client.close();
        backend.close();
    }

    @Test
    void aDeliveryGoesAllTheWayAndItsReceiptVerifies() throws Exception {
        try (RelayServer relay = start()) {
            Offer offer = find(backend.url).getFirst();
            assertThat(offer.node()).isEqualTo(relay.node());
            assertThat(offer.alias().path()).isEqualTo(relay.aliases().get(backend.url));
            Peer peer = pinned(offer.alias().uri(), offer.node());
            SignedPackets packets = new SignedPackets(backend.pki.policy(), InstantSource.system());

            byte[] profile = ((HopAnswer.Cms) client.profile(peer)).bytes();
            assertThat(packets.profile(profile, backend.url).packet().backend()).isEqualTo(backend.url);
            assertThat(put(peer)).isInstanceOfAny(HopAnswer.Accepted.class);
            HopAnswer answer = client.collect(peer, key, Duration.ofSeconds(30));

            assertThat(answer).isInstanceOf(HopAnswer.Cms.class);
            byte[] receipt = ((HopAnswer.Cms) answer).bytes();
            assertThat(packets.outcome(receipt, backend.url, key, BYTES.length).packet())
                    .isInstanceOf(Packet.Receipt.class);
            assertThat(put(peer))
                    .isInstanceOfSatisfying(
                            HopAnswer.Cms.class, cms -> assertThat(cms.bytes()).isEqualTo(receipt));
            assertThat(backend.uploads).hasValue(1);
            assertThat(relay.health().backends().getFirst()).satisfies(health -> {
                assertThat(health.state()).isEqualTo(Health.State.WORKING);
                assertThat(health.pending()).isZero();
                assertThat(health.lastSuccess()).isPresent();
            });
        }
    }

    @Test
    void afterARestartItIsTheSameRelayAndGoesOnWithWhatItHeld() throws Exception {
        backend.down = true;
        NodeId node;
        String alias;
        try (RelayServer relay = start()) {
            node = relay.node();
            alias = relay.aliases().get(backend.url);
            assertThat(put(peerOf(relay))).isInstanceOf(HopAnswer.Accepted.class);
            await().until(() -> relay.health().backends().getFirst().state() == Health.State.FAILING);
        }
        backend.down = false;

        try (RelayServer relay = start()) {
            assertThat(relay.node()).isEqualTo(node);
            assertThat(relay.aliases()).containsEntry(backend.url, alias);
            assertThat(client.collect(peerOf(relay), key, Duration.ofSeconds(30)))
                    .isInstanceOf(HopAnswer.Cms.class);
        }
    }

    @Test
    void anUnknownAliasIsNotFound() throws Exception {
        try (RelayServer relay = start()) {
            URI elsewhere = URI.create("https://127.0.0.1:" + relay.address().getPort() + "/a/AAAAAAAAAAAAAAAAAAAAAA");

            assertThat(put(pinned(elsewhere, relay.node())))
                    .isInstanceOfSatisfying(
                            HopAnswer.Failed.class,
                            failed -> assertThat(failed.problem()).contains(Problem.NOT_FOUND));
        }
    }

    @Test
    void anotherBackendIsNotAnsweredFor() throws Exception {
        try (RelayServer relay = start()) {
            assertThat(find(backend.url)).hasSize(1);
            try (RelayFinder finder = new UdpRelayFinder(Lans.loopback(), discoveryPort, false);
                    RelayFinder.Round round = finder.ask(question(BackendUrl.parse("https://other.example/inbox")))) {
                assertThat(round.gather(Duration.ofMillis(500), 1)).isEmpty();
            }
            assertThat(relay.health().warnings()).isEmpty();
        }
    }

    @Test
    void twoRelaysOnOneDirectoryAreAClearErrorAndTheFirstGoesOn() throws Exception {
        try (RelayServer relay = start()) {
            assertThatThrownBy(this::start)
                    .isInstanceOf(DirectoryInUseException.class)
                    .hasMessageContaining(directory.toString());

            assertThat(put(peerOf(relay))).isNotInstanceOf(HopAnswer.Failed.class);
        }
    }

    @Test
    void anAddressThatIsTakenIsAClearErrorAndNothingStaysBehind() throws Exception {
        RelayConfig taken = config().listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.url.port()))
                .build();

        assertThatThrownBy(() -> RelayServer.start(taken))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(Integer.toString(backend.url.port()));
        try (RelayServer relay = start()) {
            assertThat(relay.address().getPort()).isPositive();
        }
    }

    private RelayServer start() throws IOException {
        return RelayServer.start(config().build());
    }

    private RelayConfig.Builder config() {
        return RelayConfig.builder(directory.resolve("relay"), List.of(backend.asConfigured()))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .interfaces(List.of("lo"))
                .discoveryPort(discoveryPort)
                .allowPlainBackend(true);
    }

    /** Asks until it is answered: a relay that was started just now looks for its way first, and is silent in that round. */
    private List<Offer> find(BackendUrl url) throws IOException, InterruptedException {
        try (RelayFinder finder = new UdpRelayFinder(Lans.loopback(), discoveryPort, false)) {
            List<Offer> offers = List.of();
            for (int rounds = 0; offers.isEmpty() && rounds < 20; rounds++) {
                try (RelayFinder.Round round = finder.ask(question(url))) {
                    offers = round.gather(Duration.ofSeconds(1), 1);
                }
            }
            return offers;
        }
    }

    private RelayFinder.Question question(BackendUrl url) {
        return new RelayFinder.Question(key.id(), Packet.Method.PUT, url, BYTES.length, 1, 4);
    }

    private HopAnswer put(Peer peer) throws IOException {
        return client.put(
                peer,
                new Upload(
                        key,
                        BYTES.length,
                        Optional.of(FakeBackend.AGE),
                        0,
                        () -> new SeekableInMemoryByteChannel(BYTES.clone()),
                        Upload.Progress.NONE),
                Duration.ofSeconds(30));
    }

    private Peer peerOf(RelayServer relay) {
        return pinned(
                URI.create("https://127.0.0.1:" + relay.address().getPort()
                        + relay.aliases().get(backend.url)),
                relay.node());
    }

    private static Peer pinned(URI alias, NodeId node) {
        return new Peer(alias, new Peer.Identity.Pinned(node), Optional.empty());
    }
}
