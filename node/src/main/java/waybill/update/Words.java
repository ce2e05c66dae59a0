package waybill.update;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import waybill.hop.HopAnswer;
import waybill.protocol.FileName;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.protocol.UpdateFault;
import waybill.requester.outbox.Carrier;
import waybill.signature.SignatureFault;

/**
 * Asks for the signed words of a backend: a release, or the catalogue. Several are asked at once, so that one who is behind,
 * or wants others to be, is found out by the next; the youngest that passes is taken. Safe for use by several threads.
 */
public final class Words {
    /** The most who are asked at once. */
    private static final int AT_ONCE = 3;
    /** Of so many addresses it is remembered that nothing of use came from them. */
    private static final int REMEMBERED = 256;

    private final Vetting vetting;
    private final Blame blame;
    /** Where nothing of use came from when it was asked last. Who is there is asked after all others. */
    private final Set<InetAddress> vain = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    }));

    /** Asks, and believes what passes this vetting. */
    public Words(Vetting vetting, Blame blame) {
        this.vetting = vetting;
        this.blame = blame;
    }

    /**
     * What came of asking.
     *
     * @param best the youngest that passed
     * @param from who gave it
     * @param unverified whether something was given that did not pass
     * @param denied whether the origin itself said, and TLS proved that it was he, that there is no such thing
     * @param equivocal what the publisher said twice, if he did
     * @param trouble what stood in the way last, for people
     */
    public record Heard<T>(
            Optional<T> best,
            Optional<Giver> from,
            boolean unverified,
            boolean denied,
            Optional<UpdateFault> equivocal,
            String trouble) {}

    /** The release of a file. */
    public Heard<Vetting.Release> release(FileName name, List<Giver> givers, FetchWatch watch)
            throws IOException, InterruptedException {
        return ask(
                givers,
                giver -> giver.hop().release(giver.peer(), name),
                cms -> vetting.release(cms, name),
                release -> release.packet().release(),
                watch);
    }

    /** A catalogue's words, whose list is still to be had. */
    public record Title(Packet.Catalogue packet, byte[] cms) {}

    /** The catalogue. */
    public Heard<Title> catalogue(List<Giver> givers, FetchWatch watch) throws IOException, InterruptedException {
        return ask(
                givers,
                giver -> giver.hop().catalogue(giver.peer()),
                cms -> new Title(vetting.catalogue(cms), cms),
                title -> title.packet().release(),
                watch);
    }

    private interface Call {
        HopAnswer to(Giver giver) throws IOException;
    }

    private interface Check<T> {
        T of(byte[] cms) throws SignatureFault, UpdateFault, IOException;
    }

    private <T> Heard<T> ask(List<Giver> givers, Call call, Check<T> check, ToLongFunction<T> number, FetchWatch watch)
            throws IOException, InterruptedException {
        List<Giver> asked = givers.stream()
                .filter(giver -> !blame.bars(giver))
                // Few are asked: those who only pretend must not stand before all others for ever.
                .sorted(Comparator.comparing(
                        giver -> Words.address(giver).filter(vain::contains).isPresent()))
                .limit(AT_ONCE)
                .toList();
        Heard<T> heard = new Heard<>(Optional.empty(), Optional.empty(), false, false, Optional.empty(), "");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Heard<T>>> answers = new ArrayList<>();
            for (Giver giver : asked) {
                answers.add(threads.submit(() -> noted(giver, one(giver, call, check, watch))));
            }
            try {
                for (Future<Heard<T>> answer : answers) {
                    heard = better(heard, answer.get(), number);
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException own -> throw own;
                case InterruptedException interrupted -> throw interrupted;
                case RuntimeException fault -> throw fault;
                case null, default -> throw new IllegalStateException(e);
            }
        }
        return heard;
    }

    private static Optional<InetAddress> address(Giver giver) {
        return giver.who() instanceof Carrier.Relay relay ? Optional.of(relay.address()) : Optional.empty();
    }

    private <T> Heard<T> noted(Giver giver, Heard<T> heard) {
        Optional<InetAddress> address = address(giver);
        if (heard.best().isPresent()) {
            address.ifPresent(vain::remove);
        } else {
            address.ifPresent(vain::add);
        }
        return heard;
    }

    private static <T> Heard<T> better(Heard<T> a, Heard<T> b, ToLongFunction<T> number) {
        boolean second = b.best().isPresent()
                && (a.best().isEmpty()
                        || number.applyAsLong(b.best().get())
                                > number.applyAsLong(a.best().get()));
        Heard<T> best = second ? b : a;
        return new Heard<>(
                best.best(),
                best.from(),
                a.unverified() || b.unverified(),
                a.denied() || b.denied(),
                a.equivocal().or(b::equivocal),
                b.trouble().isEmpty() || (a.unverified() && !b.unverified()) ? a.trouble() : b.trouble());
    }

    private <T> Heard<T> one(Giver giver, Call call, Check<T> check, FetchWatch watch)
            throws IOException, InterruptedException {
        HopAnswer answer;
        try {
            answer = call.to(giver);
        } catch (IOException e) {
            Mishap mishap = Mishap.of(e);
            watch.passedOver(giver, mishap.why(), mishap.words());
            return nothing(giver, mishap.words(), false, false);
        }
        return switch (answer) {
            case HopAnswer.Cms(byte[] cms) -> checked(giver, cms, check, watch);
            case HopAnswer.Failed failed -> {
                String words = failed.status() + " " + failed.detail();
                watch.passedOver(giver, FetchWatch.Passing.DECLINED, words);
                boolean denied = giver.isOrigin()
                        && !(giver.peer().identity() instanceof waybill.hop.Peer.Identity.Plain)
                        && failed.problem().equals(Optional.of(Problem.NOT_FOUND));
                yield nothing(giver, words, false, denied);
            }
            case HopAnswer.Nonsense(String detail) -> {
                watch.passedOver(giver, FetchWatch.Passing.NONSENSE, detail);
                yield nothing(giver, detail, false, false);
            }
            case HopAnswer.Accepted _, HopAnswer.NotYet _ -> {
                watch.passedOver(giver, FetchWatch.Passing.NONSENSE, "not an answer to this question");
                yield nothing(giver, "not an answer to this question", false, false);
            }
        };
    }

    private <T> Heard<T> checked(Giver giver, byte[] cms, Check<T> check, FetchWatch watch) throws IOException {
        try {
            T word = check.of(cms);
            blame.verified();
            return new Heard<>(Optional.of(word), Optional.of(giver), false, false, Optional.empty(), "");
        } catch (SignatureFault e) {
            blame.unverified(giver, e, cms, watch);
            return nothing(giver, e.kind() + ": " + e.detail(), true, false);
        } catch (UpdateFault e) {
            blame.faulty(giver, e, cms, watch);
            Heard<T> nothing = nothing(giver, e.kind() + ": " + e.detail(), true, false);
            return e.kind() == UpdateFault.Kind.EQUIVOCATION
                    ? new Heard<>(nothing.best(), nothing.from(), true, false, Optional.of(e), nothing.trouble())
                    : nothing;
        }
    }

    private static <T> Heard<T> nothing(Giver giver, String words, boolean unverified, boolean denied) {
        return new Heard<>(
                Optional.empty(), Optional.empty(), unverified, denied, Optional.empty(), giver + ": " + words);
    }
}
