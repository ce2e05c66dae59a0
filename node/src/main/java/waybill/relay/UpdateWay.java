package waybill.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.protocol.DeliveryKey;
import waybill.protocol.FileName;
import waybill.protocol.Sha256;
import waybill.relay.uplink.Line;
import waybill.relay.uplink.MeasuredRate;
import waybill.relay.uplink.Pass;
import waybill.requester.outbox.Carrier;
import waybill.update.Giver;
import waybill.update.share.Way;

/**
 * A relay's straight way to its backend for updates: the line with its windows, rate and budgets, which hold in this direction
 * as well. Safe for use by several threads.
 */
final class UpdateWay implements Way {
    private final RelayConfig.Backend backend;
    private final HopClient uplink;
    private final Ways ways;
    private final Line line;
    private final MeasuredRate measured;

    UpdateWay(RelayConfig.Backend backend, HopClient uplink, Ways ways, Line line, MeasuredRate measured) {
        this.backend = backend;
        this.uplink = uplink;
        this.ways = ways;
        this.line = line;
        this.measured = measured;
    }

    @Override
    public Optional<Leave> toOrigin(long size) {
        if (!ways.mayFetchStraight()) {
            return Optional.empty();
        }
        Optional<Pass> pass = line.limited() ? line.admit(size, measured.bytesPerSecond()) : Optional.of(line.bypass());
        return pass.map(Admitted::new);
    }

    @Override
    public boolean isOpen(String network, boolean relay) {
        return ways.isOpen(network, relay);
    }

    private final class Admitted implements Leave {
        private final Pass pass;

        Admitted(Pass pass) {
            this.pass = pass;
        }

        @Override
        public Giver origin() {
            return new Giver(new Carrier.Direct(backend.url()), backend.peer(), new Paced(uplink, pass), true);
        }

        @Override
        public void close() {
            pass.close();
        }
    }

    /** Takes content no faster and no longer than the line may carry it. */
    private record Paced(HopClient hop, Pass pass) implements HopClient {
        @Override
        public ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit)
                throws IOException {
            try {
                return hop.content(
                        peer,
                        digest,
                        from,
                        length,
                        (bytes, offset, count) -> {
                            sink.take(bytes, offset, count);
                            pace(count);
                        },
                        pass.atMost(limit));
            } catch (SinkException e) {
                if (e.reason() instanceof ClosedException) {
                    throw new IOException(e.reason().getMessage(), e); // a broken way, and no fault of the disk's
                }
                throw e;
            }
        }

        private void pace(int count) throws IOException {
            if (pass.over()) {
                throw new ClosedException();
            }
            try {
                pass.took(count);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the line was to rest", e);
            }
        }

        private static final class ClosedException extends IOException {
            ClosedException() {
                super("the line's window is over");
            }
        }

        @Override
        public HopAnswer put(Peer peer, Upload upload, Duration limit) throws IOException {
            return hop.put(peer, upload, limit);
        }

        @Override
        public HopAnswer collect(Peer peer, DeliveryKey key, Duration hold) throws IOException {
            return hop.collect(peer, key, hold);
        }

        @Override
        public HopAnswer profile(Peer peer) throws IOException {
            return hop.profile(peer);
        }

        @Override
        public HopAnswer catalogue(Peer peer) throws IOException {
            return hop.catalogue(peer);
        }

        @Override
        public HopAnswer release(Peer peer, FileName name) throws IOException {
            return hop.release(peer, name);
        }

        @Override
        public void close() {
            // It is not this one's.
        }
    }
}
