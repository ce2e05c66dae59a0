package waybill.e2e;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import waybill.discovery.Lans;
import waybill.discovery.Offer;
import waybill.discovery.RelayFinder;
import waybill.discovery.UdpRelayFinder;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.parcel.Parcel;
import waybill.parcel.ParcelFault;
import waybill.protocol.BackendUrl;
import waybill.protocol.DeliveryKey;
import waybill.protocol.Packet;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.signature.SignatureFault;
import waybill.signature.SignedPackets;

/** A liar's way to the backend, which serves him like everybody: what it signs for him is genuine. */
final class Outlet {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final HopClient client;
    private final BackendUrl url;
    private final Peer backend;
    private final SignedPackets signed;
    private final SecureRandom random = new SecureRandom();

    Outlet(
            HopClient client,
            BackendUrl url,
            InetSocketAddress connectTo,
            List<X509Certificate> anchors,
            SignedPackets signed) {
        this.client = client;
        this.url = url;
        this.backend = new Peer(url.uri(), new Peer.Identity.Named(anchors, false), Optional.of(connectTo));
        this.signed = signed;
    }

    /** What goes to the backend. */
    record Goods(DeliveryKey key, Optional<String> recipient, byte[] bytes) {}

    /** The backend's profile. */
    byte[] profile() throws IOException {
        return cms(client.profile(backend));
    }

    /** Delivers it; the receipt, or where the upload is refused the signed refusal. */
    byte[] outcome(Goods goods) throws IOException {
        HopAnswer answer = put(backend, goods, 1);
        return answer instanceof HopAnswer.Failed
                ? cms(client.collect(backend, goods.key(), Duration.ZERO))
                : cms(answer);
    }

    /** A parcel of his own, sound in everything, under this ID. */
    Goods decoy(TaskId id) throws IOException {
        try {
            String recipient = signed.profile(profile(), url).packet().recipient();
            byte[] salt = new byte[16];
            random.nextBytes(salt);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Sha256 contents = Parcel.seal(id, "liar", salt, Instant.now(), List.of(new Decoy()), recipient, out)
                    .contents();
            byte[] bytes = out.toByteArray();
            return new Goods(
                    new DeliveryKey(id, Sha256.of(bytes), Optional.of(contents)), Optional.of(recipient), bytes);
        } catch (SignatureFault | ParcelFault e) {
            throw new IOException(e);
        }
    }

    /** A task of his own. */
    TaskId another() {
        return TaskId.fresh(InstantSource.system(), random);
    }

    /** Brings it to the relay at this address, as any sender may. */
    void toRelay(InetAddress at, Goods goods) throws IOException, InterruptedException {
        try (RelayFinder finder = new UdpRelayFinder(Lans.named(List.of("eth0")), Liar.PORT, false);
                RelayFinder.Round round = finder.ask(new RelayFinder.Question(
                        another(), Packet.Method.PUT, url, goods.bytes().length, 1, Promise.MAX_HOPS))) {
            Offer relay = round.gather(Duration.ofSeconds(5), 1).stream()
                    .filter(offer -> offer.source().equals(at))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no relay answers at " + at));
            Peer peer = new Peer(relay.alias().uri(), new Peer.Identity.Pinned(relay.node()), Optional.empty());
            if (!(put(peer, goods, 0) instanceof HopAnswer.Accepted)) {
                throw new IOException("the relay did not take it");
            }
        }
    }

    private HopAnswer put(Peer peer, Goods goods, int hops) throws IOException {
        return client.put(
                peer,
                new Upload(
                        goods.key(),
                        goods.bytes().length,
                        goods.recipient(),
                        hops,
                        () -> new InMemory(goods.bytes()),
                        Upload.Progress.NONE),
                LIMIT);
    }

    private static byte[] cms(HopAnswer answer) throws IOException {
        if (answer instanceof HopAnswer.Cms cms) {
            return cms.bytes();
        }
        throw new IOException("the backend answered " + answer);
    }

    private record Decoy() implements Parcel.Source {
        private static final byte[] BYTES = new byte[1000];

        @Override
        public String name() {
            return "decoy.bin";
        }

        @Override
        public long size() {
            return BYTES.length;
        }

        @Override
        public Instant modified() {
            return Instant.EPOCH;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(BYTES);
        }
    }

    /** Bytes as a channel. */
    private static final class InMemory implements SeekableByteChannel {
        private final ByteBuffer bytes;

        InMemory(byte[] bytes) {
            this.bytes = ByteBuffer.wrap(bytes);
        }

        @Override
        public int read(ByteBuffer to) {
            if (!bytes.hasRemaining()) {
                return -1;
            }
            int count = Math.min(to.remaining(), bytes.remaining());
            to.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public int write(ByteBuffer from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            return bytes.position();
        }

        @Override
        public SeekableByteChannel position(long position) {
            bytes.position((int) position);
            return this;
        }

        @Override
        public long size() {
            return bytes.limit();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    }
}
