package waybill.update;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import waybill.discovery.LinkZone;
import waybill.hop.ContentAnswer;
import waybill.hop.ContentSink;
import waybill.hop.HopAnswer;
import waybill.hop.Peer;
import waybill.protocol.AliasUrl;
import waybill.protocol.FileName;
import waybill.protocol.NodeId;
import waybill.protocol.Pieces;
import waybill.protocol.Problem;
import waybill.protocol.Sha256;
import waybill.requester.outbox.Carrier;

/** Gives what is published, or does it badly. */
public final class TestGiver extends UpdatesOnly {
    /** How it gives contents. */
    public enum Manner {
        WELL,
        FLIPS_A_BIT,
        /** The right bytes of another place. */
        WRONG_PLACE,
        DRIPS,
        /** Gives well, but nothing until there is enough. */
        HESITATES,
        OTHER_RANGE,
        BREAKS_EACH_MEBIBYTE,
        UNREACHABLE,
        /** Does not answer the first call in time; gives well from then on. */
        LATE_ONCE,
        KNOWS_NOTHING,
        SAYS_ANOTHER_SIZE
    }

    private final Published published;
    private final Manner manner;
    private final int number;
    public final AtomicInteger calls = new AtomicInteger();
    /** Pieces that were begun, in their order. */
    public final List<Long> offsets = Collections.synchronizedList(new ArrayList<>());
    /** Ends what drips, or hesitates. */
    public final CountDownLatch enough = new CountDownLatch(1);

    public TestGiver(int number, Published published, Manner manner) {
        this.number = number;
        this.published = published;
        this.manner = manner;
    }

    public NodeId node() {
        return new NodeId(Sha256.of(new byte[] {(byte) number}));
    }

    /** It as a relay on the LAN. */
    public Giver giver(boolean holds) {
        AliasUrl alias =
                AliasUrl.at(true, new InetSocketAddress("192.0.2." + number, 7506), "/a/AAAAAAAAAAAAAAAAAAAAAA");
        Carrier.Relay relay = new Carrier.Relay(node(), alias, LinkZone.NONE);
        return new Giver(relay, new Peer(alias.uri(), new Peer.Identity.Pinned(node()), Optional.empty()), this, holds);
    }

    /** It as the origin itself. */
    public Giver origin() {
        return new Giver(
                new Carrier.Direct(Published.BACKEND),
                new Peer(Published.BACKEND.uri(), new Peer.Identity.Named(List.of(), true), Optional.empty()),
                this,
                true);
    }

    @Override
    public HopAnswer catalogue(Peer peer) throws IOException {
        calls.incrementAndGet();
        return manner == Manner.UNREACHABLE ? unreachable() : new HopAnswer.Cms(published.catalogue);
    }

    @Override
    public HopAnswer release(Peer peer, FileName name) throws IOException {
        calls.incrementAndGet();
        byte[] cms = published.releases.get(name);
        if (manner == Manner.UNREACHABLE) {
            return unreachable();
        }
        return cms == null ? notFound() : new HopAnswer.Cms(cms);
    }

    @Override
    public ContentAnswer content(Peer peer, Sha256 digest, long from, long length, ContentSink sink, Duration limit)
            throws IOException {
        calls.incrementAndGet();
        byte[] all = published.contents.get(digest);
        if (manner == Manner.UNREACHABLE) {
            unreachable();
        }
        if (manner == Manner.LATE_ONCE && calls.get() == 1) {
            throw new LateException("no TLS in time", new IOException());
        }
        if (all == null || manner == Manner.KNOWS_NOTHING) {
            return new ContentAnswer.Failed(notFound());
        }
        if (manner == Manner.OTHER_RANGE) {
            return new ContentAnswer.Nonsense("another range than was asked for");
        }
        if (all.length % 32 != 0 || all.length > 4096) {
            offsets.add(from);
        }
        byte[] bytes = all.clone();
        if (manner == Manner.FLIPS_A_BIT) {
            bytes[(int) from + 7] ^= 1;
        }
        if (manner == Manner.WRONG_PLACE && bytes.length > Pieces.LENGTH) {
            System.arraycopy(all, 0, bytes, 100, bytes.length - 100);
        }
        if (manner == Manner.HESITATES) {
            hesitate();
        }
        long end = from + length;
        int step = 100_000;
        for (long at = from; at < end; at += step) {
            if (manner == Manner.DRIPS && at > from) {
                drip();
            }
            if (manner == Manner.BREAKS_EACH_MEBIBYTE && at - from > Pieces.LENGTH) {
                throw new IOException("cut");
            }
            int count = (int) Math.min(step, end - at);
            try {
                sink.take(bytes, (int) at, count);
            } catch (IOException e) {
                throw new SinkException(e);
            }
        }
        return new ContentAnswer.Whole(manner == Manner.SAYS_ANOTHER_SIZE ? all.length + 1 : all.length);
    }

    private void drip() throws IOException {
        hesitate();
        throw new IOException("cut");
    }

    private void hesitate() throws IOException {
        try {
            enough.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static HopAnswer.Failed notFound() {
        return new HopAnswer.Failed(404, Optional.of(Problem.NOT_FOUND), Optional.empty(), "no");
    }

    private static HopAnswer unreachable() throws UnreachableException {
        throw new UnreachableException("nobody there", new IOException());
    }

    @Override
    public void close() {}
}
