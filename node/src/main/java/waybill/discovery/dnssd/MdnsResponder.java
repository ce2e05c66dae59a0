package waybill.discovery.dnssd;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import waybill.discovery.RateLimiter;

/**
 * A relay's side of Multicast DNS on one link, without its sockets: claims its names, announces them, and answers for them
 * (RFC 6762, sections 6 to 10).
 *
 * <pre>
 *   Probing     --> Announcing  nobody else has the names
 *   Probing     --> Probing     somebody has: under another name; or somebody probes for them, too: later
 *   Announcing  --> Steady      said twice
 *   any         --> Probing     somebody else claims a name
 * </pre>
 *
 * <p>Whom it listens to: neighbours, at a limited rate. What it remembers is bounded. Time is in nanoseconds of one
 * monotonic clock. For one thread.
 */
final class MdnsResponder {
    private static final int PROBES = 3;
    private static final long PROBE_GAP = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int ANNOUNCEMENTS = 2;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int QUICK_RENAMES = 15;
    private static final long SLOW_RENAME = TimeUnit.SECONDS.toNanos(5);
    private static final long LEAST_DELAY = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long MOST_DELAY = TimeUnit.MILLISECONDS.toNanos(120);
    private static final long LEGACY_TTL = 10;
    /** Of one message, so that no answer grows by what is asked. */
    private static final int MOST_QUESTIONS = 8;

    private static final int MOST_WAITING = 64;
    private static final int PER_SECOND = 20;
    private static final int SOURCES = 1024;
    /** A hundred machines that look round at once; a flood under many addresses costs no more. */
    private static final int IN_ALL_PER_SECOND = 200;

    private enum Phase {
        PROBING,
        ANNOUNCING,
        STEADY
    }

    /** A datagram to send; to all if there is no address. */
    record Outgoing(byte[] bytes, Optional<InetSocketAddress> to) {}

    private record Waiting(long at, Outgoing what) {}

    private final Predicate<InetAddress> neighbour;
    private final Predicate<InetAddress> own;
    private final RandomGenerator random;
    private final LongSupplier ticker;
    private final RateLimiter<InetAddress> perSource;
    private final RateLimiter<Boolean> inAll;
    private RelayRecords records;
    private Set<DnsName> names;
    private Phase phase = Phase.PROBING;
    private int sent;
    private long at;
    private int renamed;

    /** What is to be said to all, and when. */
    private final Set<DnsRecord> toAll = new LinkedHashSet<>();

    private long toAllAt;
    /** When each record was last said to all. */
    private final Map<DnsRecord, Long> said = new HashMap<>();

    private final List<Waiting> waiting = new ArrayList<>();

    /**
     * @param neighbour who is near on this link; nobody else is listened to
     * @param own this machine's addresses on all links: it does not contradict itself, but may ask itself
     */
    MdnsResponder(
            RelayRecords records,
            Predicate<InetAddress> neighbour,
            Predicate<InetAddress> own,
            RandomGenerator random,
            LongSupplier ticker) {
        this.records = records;
        this.names = records.names();
        this.neighbour = neighbour;
        this.own = own;
        this.random = random;
        this.ticker = ticker;
        this.perSource = new RateLimiter<>(PER_SECOND, 2 * PER_SECOND, SOURCES, ticker);
        this.inAll = new RateLimiter<>(IN_ALL_PER_SECOND, 2 * IN_ALL_PER_SECOND, 1, ticker);
        this.at = ticker.getAsLong() + random.nextLong(PROBE_GAP);
    }

    /** What it says of itself at this moment. */
    RelayRecords records() {
        return records;
    }

    /** Whether somebody at this address is listened to now; to be asked before anything of his is read. */
    boolean listensTo(InetAddress source) {
        return neighbour.test(source) && perSource.tryAcquire(source) && inAll.tryAcquire(true);
    }

    /** Takes a message in that came from somebody who is listened to. */
    void heard(DnsMessage message, InetSocketAddress source) {
        long now = ticker.getAsLong();
        if (message.response()) {
            if (source.getPort() == Mdns.PORT && !own.test(source.getAddress())) {
                contradicted(message, now);
            }
            return;
        }
        if (phase == Phase.PROBING) {
            if (!own.test(source.getAddress()) && message.authorities().stream().anyMatch(records::isContradictedBy)) {
                // The other one goes first, whoever would win the comparison of section 8.2: he may be gone in a
                // second.
                probeAgain(now + SECOND);
            }
            return;
        }
        asked(message, source, now);
    }

    private void contradicted(DnsMessage message, long now) {
        boolean contradicted = message.known().stream().anyMatch(this::contradicts)
                || message.additionals().stream().anyMatch(this::contradicts);
        if (!contradicted) {
            return;
        }
        if (phase == Phase.PROBING) {
            records = records.renamed();
            names = records.names();
            renamed++;
            probeAgain(renamed > QUICK_RENAMES ? now + SLOW_RENAME : now);
        } else {
            phase = Phase.PROBING;
            toAll.clear();
            probeAgain(now);
        }
    }

    private boolean contradicts(DnsRecord record) {
        return record.ttl() > 0 && names.contains(record.name()) && records.isContradictedBy(record);
    }

    private void probeAgain(long when) {
        sent = 0;
        at = when + random.nextLong(PROBE_GAP);
    }

    private void asked(DnsMessage message, InetSocketAddress source, long now) {
        List<DnsMessage.Question> questions = new ArrayList<>();
        Set<DnsRecord> answers = new LinkedHashSet<>();
        for (DnsMessage.Question question : new LinkedHashSet<>(message.questions())) {
            if (!names.contains(question.name())) {
                continue;
            }
            if (questions.size() == MOST_QUESTIONS) {
                break;
            }
            List<DnsRecord> here = records.answers(question);
            if (!here.isEmpty()) {
                questions.add(question);
                here.stream().filter(one -> !isKnown(one, message.known())).forEach(answers::add);
            }
        }
        if (answers.isEmpty()) {
            return;
        }
        // Others may answer for a shared name at the same moment.
        boolean shared = answers.stream().anyMatch(one -> !one.unique());
        long when = shared ? now + random.nextLong(LEAST_DELAY, MOST_DELAY) : now;
        List<DnsRecord> direct = List.copyOf(answers);
        if (source.getPort() != Mdns.PORT) {
            answerPlainly(message.id(), questions, direct, source, when);
        } else if (!message.authorities().isEmpty()) {
            // Whoever probes for a name must hear that it is taken, however lately it was said.
            later(now, toAll(DnsMessage.answer(direct, List.of()), now));
        } else if (questions.stream().allMatch(DnsMessage.Question::unicast)) {
            DnsMessage answer = DnsMessage.answer(direct, records.additionals(direct));
            later(when, new Outgoing(answer.encode(), Optional.of(source)));
        } else {
            toAllAt = toAll.isEmpty() ? when : Math.min(when, toAllAt);
            toAll.addAll(direct);
        }
    }

    private static boolean isKnown(DnsRecord one, List<DnsRecord> known) {
        return known.stream().anyMatch(other -> other.saysTheSame(one) && other.ttl() >= one.ttl() / 2);
    }

    /** To one who asks from any port and knows ordinary DNS alone (RFC 6762, section 6.7). */
    private void answerPlainly(
            int id, List<DnsMessage.Question> questions, List<DnsRecord> answers, InetSocketAddress to, long when) {
        DnsMessage answer = new DnsMessage(
                id,
                true,
                questions.stream()
                        .map(one -> new DnsMessage.Question(one.name(), one.type(), false))
                        .toList(),
                answers.stream().map(one -> one.plain(LEGACY_TTL)).toList(),
                List.of(),
                records.additionals(answers).stream()
                        .map(one -> one.plain(LEGACY_TTL))
                        .toList());
        later(when, new Outgoing(answer.encode(), Optional.of(to)));
    }

    private void later(long when, Outgoing what) {
        if (waiting.size() < MOST_WAITING) {
            waiting.add(new Waiting(when, what));
        }
    }

    /** What is to be sent now. */
    List<Outgoing> due() {
        long now = ticker.getAsLong();
        List<Outgoing> due = new ArrayList<>();
        if (phase != Phase.STEADY && at - now <= 0) {
            due.add(step(now));
        }
        waiting.removeIf(one -> {
            boolean ripe = one.at() - now <= 0;
            if (ripe) {
                due.add(one.what());
            }
            return ripe;
        });
        if (!toAll.isEmpty() && toAllAt - now <= 0) {
            // Not more often than once a second (RFC 6762, section 6).
            List<DnsRecord> fresh =
                    toAll.stream().filter(one -> !saidLately(one, now)).toList();
            toAll.clear();
            if (!fresh.isEmpty()) {
                List<DnsRecord> more = records.additionals(fresh).stream()
                        .filter(one -> !saidLately(one, now))
                        .toList();
                due.add(toAll(DnsMessage.answer(fresh, more), now));
            }
        }
        return due;
    }

    /** The next probe or announcement. */
    private Outgoing step(long now) {
        if (phase == Phase.PROBING && sent < PROBES) {
            sent++;
            at = now + PROBE_GAP;
            DnsMessage probe = DnsMessage.query(
                    0,
                    List.of(
                            // Answered to all, for what is sent to one comes to the machine's own service.
                            new DnsMessage.Question(records.instance(), DnsRecord.ANY, false),
                            new DnsMessage.Question(records.host(), DnsRecord.ANY, false)),
                    records.unique().stream().map(one -> one.plain(one.ttl())).toList());
            return new Outgoing(probe.encode(), Optional.empty());
        }
        if (phase == Phase.PROBING) {
            phase = Phase.ANNOUNCING;
            sent = 0;
        }
        sent++;
        at = now + SECOND;
        if (sent >= ANNOUNCEMENTS) {
            phase = Phase.STEADY;
        }
        return toAll(DnsMessage.answer(records.all(), List.of()), now);
    }

    private Outgoing toAll(DnsMessage message, long now) {
        said.values().removeIf(when -> now - when >= SECOND);
        message.known().forEach(one -> said.put(one, now));
        message.additionals().forEach(one -> said.put(one, now));
        return new Outgoing(message.encode(), Optional.empty());
    }

    private boolean saidLately(DnsRecord one, long now) {
        Long when = said.get(one);
        return when != null && now - when < SECOND;
    }

    /** When {@link #due} may next have something to give; may be early. */
    OptionalLong next() {
        long now = ticker.getAsLong();
        OptionalLong next = phase == Phase.STEADY ? OptionalLong.empty() : OptionalLong.of(at - now);
        for (Waiting one : waiting) {
            next = OptionalLong.of(Math.min(next.orElse(Long.MAX_VALUE), one.at() - now));
        }
        if (!toAll.isEmpty()) {
            next = OptionalLong.of(Math.min(next.orElse(Long.MAX_VALUE), toAllAt - now));
        }
        return next.isPresent() ? OptionalLong.of(now + next.getAsLong()) : next;
    }

    /** That it is gone; nothing if nobody was told that it is there. */
    Optional<Outgoing> goodbye() {
        if (phase == Phase.PROBING) {
            return Optional.empty();
        }
        // The list of all kinds of services is others' as well.
        List<DnsRecord> gone = records.all().stream()
                .filter(one -> one.unique() || one.name().equals(RelayRecords.SERVICE))
                .map(one -> one.withTtl(0))
                .toList();
        return Optional.of(new Outgoing(DnsMessage.answer(gone, List.of()).encode(), Optional.empty()));
    }
}
