package waybill.discovery;

import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.Commitment;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;

/**
 * Asks by IPv4 broadcast and by IPv6 link-local multicast on each LAN, from a socket bound to this machine's own address
 * there: a packet leaves by that interface and by no other (section 2). Relays that the operator named are asked by unicast in the same round.
 *
 * <p>Safe for use by several threads; each round is for one.
 */
public final class UdpRelayFinder implements RelayFinder {
    private static final Logger LOG = LoggerFactory.getLogger(UdpRelayFinder.class);

    /** When a request is sent, counted from the round's beginning. */
    static final List<Duration> SENDINGS = List.of(Duration.ZERO, Duration.ofMillis(250), Duration.ofSeconds(1));

    /**
     * When signposts are read: once those who heard the request would have answered (section 2.3), so that where broadcasts
     * pass nothing is asked twice.
     */
    static final List<Duration> BROWSINGS = List.of(Duration.ofMillis(600), Duration.ofSeconds(1));

    /** A broadcast may be lost, and each relay that misses this one answers in vain. */
    private static final int LOCATED_SENDINGS = 2;

    private final Lans lans;
    private final List<NamedRelay> named;
    private final int port;
    private final boolean allowPlain;
    private final RelaysSeen seen;
    private final Optional<Signposts> signposts;
    private final SecureRandom random = new SecureRandom();
    private final Tally dropped = new Tally();
    private final Set<UdpRound> open = ConcurrentHashMap.newKeySet();
    private final RateLimiter<String> complaints = new RateLimiter<>(1.0 / 60, 2, 16, System::nanoTime);

    /** A finder that has seen no relay yet. */
    public UdpRelayFinder(Lans lans, int port, boolean allowPlain) {
        this(lans, List.of(), port, allowPlain);
    }

    /** A finder that has seen no relay yet and asks these relays by unicast, too. */
    public UdpRelayFinder(Lans lans, List<NamedRelay> named, int port, boolean allowPlain) {
        this(lans, named, port, allowPlain, new RelaysSeen(InstantSource.system()), Optional.empty());
    }

    /**
     * A finder; it opens sockets only while a round lasts.
     *
     * @param lans where to ask, read anew for each round; where there is none, those that are named are asked alone
     * @param named asked by unicast; their names are looked up for each round
     * @param port the UDP port of discovery, 1 to 65535
     * @param allowPlain take answers whose alias URL is {@code http}
     * @param seen is told of every relay that answers
     * @param signposts tell of further relays on these LANs, if the round still waits then
     */
    public UdpRelayFinder(
            Lans lans,
            List<NamedRelay> named,
            int port,
            boolean allowPlain,
            RelaysSeen seen,
            Optional<Signposts> signposts) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a port is from 1 to 65535");
        }
        this.lans = lans;
        this.named = List.copyOf(named);
        this.port = port;
        this.allowPlain = allowPlain;
        this.seen = seen;
        this.signposts = signposts;
    }

    /** What was dropped in all rounds, by kind; it goes on counting. */
    public Tally dropped() {
        return dropped;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IOException if there is neither a LAN nor a named relay, or the request could be sent to none; the message
     *     says why
     */
    @Override
    public Round ask(Question question) throws IOException {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        UdpRound round = new UdpRound(question, Commitment.to(secret));
        open.add(round);
        try {
            round.begin();
            return round;
        } catch (IOException e) {
            round.end();
            throw e;
        }
    }

    /** Ends every round that is still open. */
    @Override
    public void close() {
        open.forEach(UdpRound::end);
    }

    private final class UdpRound implements Round {
        private final Question question;
        private final Commitment secret;
        private final byte[] request;
        private final Sieve sieve;
        private final RoundSockets sockets;
        private final Optional<Browse> browse;
        /** What look-ups and signposts found since the last turn. */
        private final Queue<Addressee> found = new ConcurrentLinkedQueue<>();

        private final long start = System.nanoTime();
        private int sent;
        private int browsed;
        private boolean located;

        UdpRound(Question question, Commitment secret) throws IOException {
            this.question = question;
            this.secret = secret;
            this.request = PacketCodec.encode(new Packet.Request(
                    question.id(),
                    question.method(),
                    question.backend(),
                    question.size(),
                    question.relays(),
                    question.maxHops(),
                    secret.commit(),
                    question.sha256()));
            this.sieve = new Sieve(question, allowPlain, dropped);
            this.browse = signposts.map(one -> new Browse(one, random.nextInt(1 << 16), dropped));
            this.sockets = new RoundSockets(UdpRelayFinder.this::complain);
        }

        void begin() throws IOException {
            List<String> failures = new ArrayList<>();
            List<Addressee> where = new ArrayList<>();
            try {
                where.addAll(lans.now());
            } catch (IOException e) {
                failures.add(String.valueOf(e.getMessage()));
                where.addAll(present());
            }
            List<NamedRelay> unknown = new ArrayList<>();
            for (NamedRelay relay : named) {
                if (relay.literal()) {
                    where.addAll(relay.resolve());
                } else {
                    unknown.add(relay);
                }
            }
            int asked = 0;
            for (Addressee to : where) {
                try {
                    speak(to);
                    asked++;
                } catch (IOException e) {
                    failures.add(to + ": " + e.getMessage());
                }
            }
            sent = 1;
            if (asked == 0 && unknown.isEmpty()) {
                throw new IOException("cannot ask for relays: "
                        + (failures.isEmpty() ? "no interface and no relay is named" : String.join("; ", failures)));
            }
            failures.forEach(UdpRelayFinder.this::complain);
            unknown.forEach(this::lookUp);
        }

        private List<Lan> present() {
            try {
                return lans.present();
            } catch (IOException e) {
                return List.of();
            }
        }

        /** Apart, for it may take longer than the round. */
        private void lookUp(NamedRelay relay) {
            Thread.ofVirtual().name("waybill-look-up").start(() -> {
                try {
                    found.addAll(relay.resolve());
                    sockets.wakeUp();
                } catch (IOException e) {
                    complain(relay + ": its address cannot be found");
                }
            });
        }

        /** Asks those that were found meanwhile, once at least. */
        private void askFound() {
            for (Addressee to = found.poll(); to != null && !located; to = found.poll()) {
                try {
                    speak(to);
                } catch (IOException e) {
                    complain(to + ": " + e.getMessage());
                }
            }
        }

        private void speak(Addressee to) throws IOException {
            sockets.asker(
                            to,
                            port,
                            (bytes, source) ->
                                    sieve.heard(bytes, source, to).ifPresent(offer -> seen.answered(offer.node())))
                    .send(request);
        }

        /** Asks once more who advertises himself, on the LANs that were asked and pass multicast on. */
        private void browse(Browse browse) {
            if (browsed == 1) {
                for (Lan lan : sockets.lansOfMulticast()) {
                    try {
                        sockets.browser(
                                lan,
                                browse.group(lan),
                                (bytes, source) -> found.addAll(browse.heard(bytes, source, lan)));
                    } catch (IOException e) {
                        complain(lan + ": " + e.getMessage());
                    }
                }
            }
            sockets.browse(browse.question());
        }

        @Override
        public List<Offer> gather(Duration window, int enough) throws IOException, InterruptedException {
            if (enough < 1) {
                throw new IllegalArgumentException("at least one answer is enough");
            }
            try {
                return listen(window, enough);
            } catch (ClosedSelectorException e) {
                throw new IOException("discovery was closed", e);
            }
        }

        private List<Offer> listen(Duration window, int enough) throws IOException, InterruptedException {
            long deadline = System.nanoTime() + window.toNanos();
            boolean graced = false;
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                askFound();
                long now = System.nanoTime();
                if (!graced && sieve.nodes() >= enough) {
                    deadline = Math.min(deadline - now, GRACE.toNanos()) + now;
                    graced = true;
                }
                if (deadline - now <= 0) {
                    return sieve.offers();
                }
                long until = Math.min(repeat(now, deadline) - now, browseAgain(now, deadline) - now) + now;
                sockets.listen(until - now);
            }
        }

        /** Repeats the request if it is time; until when to listen after that. */
        private long repeat(long now, long deadline) {
            if (located || sent >= SENDINGS.size()) {
                return deadline;
            }
            if (now - nextSending() >= 0) {
                sent++;
                sockets.say(request);
                if (sent >= SENDINGS.size()) {
                    return deadline;
                }
            }
            return now + Math.min(deadline - now, nextSending() - now);
        }

        /** Reads signposts if it is time; until when to listen after that. */
        private long browseAgain(long now, long deadline) {
            if (browse.isEmpty() || located || browsed >= BROWSINGS.size()) {
                return deadline;
            }
            long next = start + BROWSINGS.get(browsed).toNanos();
            if (now - next < 0) {
                return next;
            }
            browsed++;
            // Asked again only if the question may have been lost.
            if (!browse.get().found()) {
                browse(browse.get());
            }
            return browseAgain(now, deadline);
        }

        private long nextSending() {
            return start + SENDINGS.get(sent).toNanos();
        }

        @Override
        public void located(Offer chosen) throws IOException {
            located = true;
            byte[] packet =
                    PacketCodec.encode(new Packet.Located(question.id(), question.method(), chosen.alias(), secret));
            for (int i = 0; i < LOCATED_SENDINGS; i++) {
                sockets.say(packet);
            }
        }

        /**
         * {@inheritDoc}
         *
         * <p>Those that answered while {@code located} was on its way to them are still counted as seen. Were they not, a
         * requester that always takes the first answer would say for ever that there is one relay.
         */
        @Override
        public void close() {
            sockets.drain();
            end();
        }

        void end() {
            open.remove(this);
            sockets.close();
        }
    }

    private void complain(String failure) {
        if (complaints.tryAcquire("lan")) {
            LOG.warn("discovery does without one of its ways: {} (said at most once a minute)", failure);
        }
    }
}
