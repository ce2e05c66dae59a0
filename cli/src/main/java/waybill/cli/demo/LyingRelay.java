package waybill.cli.demo;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import waybill.backend.BackendConfig;
import waybill.backend.BackendInit;
import waybill.backend.BackendServer;
import waybill.backend.BackendSetupException;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.HopService;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.store.DeliveryStore;
import waybill.store.StoreFullException;
import waybill.store.StoreLimits;
import waybill.store.local.LocalDeliveryStore;

/**
 * A relay that forwards nothing and signs for it: it shows the backend's true profile, takes the parcel, and has an
 * impostor, a backend of its own keys, make out a receipt that is right in everything but who signed it.
 */
final class LyingRelay implements HopService, Closeable {
    /** Better than any honest relay's. */
    static final Promise PROMISE = new Promise(0, 0, 0, 1L << 30, 1);

    private final HopClient client;
    private final Peer truth;
    private final BackendUrl backend;
    private final BackendServer impostor;
    private final Peer lie;
    private final DeliveryStore store;

    LyingRelay(HopClient client, Peer truth, BackendUrl url, Path directory) throws IOException, BackendSetupException {
        this.client = client;
        this.truth = truth;
        this.backend = url;
        Path own = directory.resolve("impostor");
        BackendInit.init(
                own,
                new BackendInit.Options(url.host(), Optional.of(url), BackendInit.Options.DEFAULT_MAX_SIZE, true),
                InstantSource.system());
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        impostor = BackendServer.start(BackendConfig.of(own, loopback).withPlainHttp(), InstantSource.system());
        lie = new Peer(
                URI.create("http://" + url.host() + ":" + impostor.address().getPort() + url.path()),
                new Peer.Identity.Plain(),
                Optional.of(impostor.address()));
        store = new LocalDeliveryStore(
                directory.resolve("taken"),
                new StoreLimits(1L << 40, 0, 1, 1000, StoreLimits.DEFAULT.remembered()),
                InstantSource.system());
    }

    @Override
    public BackendUrl backend() {
        return backend;
    }

    @Override
    public byte[] profile() throws ProblemException, IOException {
        if (client.profile(truth) instanceof HopAnswer.Cms profile) {
            return profile.bytes();
        }
        throw new ProblemException(Problem.BUSY, "no profile now");
    }

    @Override
    public Answer deliver(Arrival arrival) throws ProblemException, IOException {
        long size = arrival.length().orElseThrow(() -> new ProblemException(Problem.LENGTH_REQUIRED, "no length"));
        try (DeliveryStore.Intake intake = store.begin("anybody", size);
                InputStream body = arrival.body()) {
            byte[] buffer = new byte[1 << 16];
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                intake.write(buffer, 0, n);
            }
            DeliveryKey key = new DeliveryKey(arrival.id(), intake.seal(), arrival.contents());
            intake.commit(new DeliveryStore.Label(key, size, Optional.empty(), 0), Optional.empty());
            return new Answer.Accepted(key, PROMISE);
        } catch (StoreFullException e) {
            throw new ProblemException(Problem.STORE_FULL, "full");
        }
    }

    @Override
    public Collected collect(TaskId id, Sha256 sha256, Optional<Sha256> contents, Duration hold)
            throws ProblemException, IOException {
        List<DeliveryStore.Held> held = store.findAll(id, sha256);
        if (held.isEmpty()) {
            throw new ProblemException(Problem.NOT_FOUND, "never seen");
        }
        DeliveryStore.Label label = held.getFirst().label();
        Upload upload = new Upload(
                label.key(), label.size(), Optional.empty(), 1, () -> store.payload(label.key()), Upload.Progress.NONE);
        if (client.put(lie, upload, Duration.ofMinutes(10)) instanceof HopAnswer.Cms forged) {
            return new Collected.Outcome(forged.bytes());
        }
        throw new ProblemException(Problem.BUSY, "the impostor is at a loss");
    }

    @Override
    public void close() throws IOException {
        impostor.close();
        store.close();
    }
}
