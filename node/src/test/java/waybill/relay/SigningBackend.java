package waybill.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.Peer;
import waybill.hop.server.HopServer;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.TestPki;

/** A backend with a real HTTP service and real signatures on the loopback, and nothing behind them. */
final class SigningBackend implements HopService, AutoCloseable {
    final TestPki pki = TestPki.of("127.0.0.1");
    final Map<DeliveryKey, byte[]> receipts = new ConcurrentHashMap<>();
    final AtomicInteger uploads = new AtomicInteger();
    final BackendUrl url;
    volatile boolean down;
    private final HopServer server;

    SigningBackend() throws IOException {
        server = HopServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                HopLimits.DEFAULT,
                path -> path.equals("/inbox") ? Optional.of(this) : Optional.empty());
        url = BackendUrl.parse("http://127.0.0.1:" + server.address().getPort() + "/inbox");
    }

    RelayConfig.Backend asConfigured() {
        return new RelayConfig.Backend(url, pki.policy(), new Peer.Identity.Plain(), Optional.empty());
    }

    @Override
    public BackendUrl backend() {
        return url;
    }

    @Override
    public byte[] profile() {
        return pki.sign(new Packet.Profile(
                TaskId.fresh(Instant::now, new Random()),
                url,
                1,
                FakeBackend.AGE,
                1 << 20,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofDays(1))));
    }

    @Override
    public Answer deliver(Arrival arrival) throws ProblemException, IOException {
        uploads.incrementAndGet();
        if (down) {
            throw new ProblemException(Problem.BUSY, "down", Optional.of(Duration.ZERO));
        }
        byte[] bytes = arrival.body().readAllBytes();
        DeliveryKey key = new DeliveryKey(arrival.id(), Sha256.of(bytes), arrival.contents());
        byte[] receipt = receipts.computeIfAbsent(
                key,
                k -> pki.sign(new Packet.Receipt(
                        k.id(),
                        url,
                        bytes.length,
                        k.sha256(),
                        k.contents(),
                        true,
                        arrival.recipient(),
                        Instant.now().truncatedTo(ChronoUnit.SECONDS))));
        return new Answer.Done(key, receipt);
    }

    @Override
    public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
            throws ProblemException {
        byte[] receipt = receipts.get(new DeliveryKey(id, sha256, contents));
        if (receipt == null) {
            throw new ProblemException(Problem.NOT_FOUND, "no such delivery");
        }
        return new Collected.Outcome(receipt);
    }

    @Override
    public void close() {
        server.close();
    }
}
