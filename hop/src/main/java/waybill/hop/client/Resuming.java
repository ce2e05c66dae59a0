package waybill.hop.client;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.hop.HopAnswer;
import waybill.hop.HopClient;
import waybill.hop.Peer;
import waybill.hop.Upload;
import waybill.hop.resume.Metadata;
import waybill.hop.wire.HopHeaders;
import waybill.hop.wire.Tus;
import waybill.protocol.Promise;

/**
 * One upload by tus 1.0.0 (section 3.9): where the connection breaks, the next one goes on from what had arrived. What does
 * not come to an end is given up at the hop, too, which would keep its room otherwise. For one thread.
 */
final class Resuming {
    /** So often an upload is begun anew that the hop forgot: one may be going down while the next comes up. */
    private static final int MOST_ANEW = 3;

    /** A request stalled or came at the wrong moment; the upload lives. */
    private static final Set<Integer> AGAIN = Set.of(408, 429, 503);

    private static final Pattern TOKEN = Pattern.compile("/u/[A-Za-z0-9_-]{22}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private static final Logger LOG = LoggerFactory.getLogger(Resuming.class);

    private final HopClient client;
    private final Peer peer;
    private final Upload upload;
    private final TusWire wire;
    private final Perseverance perseverance;
    /** The upload at the hop; none before it is begun, and none where the hop said that it is over. */
    private Optional<String> open = Optional.empty();

    private long offset;
    /** Whether the hop may have all of it, so that it must not be told to throw it away. */
    private boolean mayBeWhole;

    private int begunAnew;

    /** @param client fetches the outcome where it is at hand when the bytes are */
    Resuming(HopClient client, Peer peer, Upload upload, TusWire wire) {
        this.client = client;
        this.peer = peer;
        this.upload = upload;
        this.wire = wire;
        this.perseverance = wire.perseverance();
    }

    /**
     * Uploads it.
     *
     * @return empty if the hop speaks no tus
     * @throws IOException if the hop was not reached, or broke off too often
     */
    Optional<HopAnswer> put() throws IOException {
        Optional<HopAnswer> answer = Optional.empty();
        try {
            answer = begin();
            while (answer.isEmpty() && open.isPresent()) {
                answer = piece(open.get());
            }
            return answer;
        } finally {
            boolean held = answer.isPresent()
                    && (answer.get() instanceof HopAnswer.Accepted || answer.get() instanceof HopAnswer.Cms);
            if (!held && !mayBeWhole && open.isPresent()) {
                boolean heard = wire.giveUp(open.get());
                LOG.debug(
                        "an upload to {} is given up at {} of {}{}",
                        peer.base(),
                        offset,
                        upload.size(),
                        heard ? "" : ", which the hop does not hear");
            }
        }
    }

    /** Begins it, or says what was said instead; neither if the hop speaks no tus. */
    private Optional<HopAnswer> begin() throws IOException {
        open = Optional.empty();
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("id", upload.key().id().toString());
        metadata.put("sha256", upload.key().sha256().hex());
        upload.key().contents().ifPresent(contents -> metadata.put("contents", contents.hex()));
        upload.recipient().ifPresent(recipient -> metadata.put("recipient", recipient));
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(Tus.LENGTH, Long.toString(upload.size()));
        fields.put(Tus.METADATA, Metadata.format(metadata));
        fields.put(HopHeaders.HOPS, Integer.toString(upload.hops()));
        fields.put("Content-Length", "0");
        Response response = wire.call("POST", "", fields);
        if (response.status() == 404 || response.status() == 405 || response.status() == 501) {
            return Optional.empty();
        }
        if (response.status() != 201) {
            return Optional.of(otherwise(response));
        }
        if (!response.values("Link").isEmpty()) {
            return Optional.of(held(response));
        }
        open = location(response);
        stands(0);
        return open.isPresent()
                ? Optional.empty()
                : Optional.of(new HopAnswer.Nonsense("201 with a place that is not its own"));
    }

    /** As many bytes as one connection brings; empty if there is more to do. */
    private Optional<HopAnswer> piece(String path) throws IOException {
        Optional<Response> said = Optional.empty();
        IOException broke;
        try {
            Response response = wire.append(path, offset);
            int status = response.status();
            if (status == 204) {
                return response.values("Link").isEmpty() ? took(response) : Optional.of(held(response));
            }
            mayBeWhole |= wire.sentAll();
            if (status != 409 && !AGAIN.contains(status) && (status != 404 || begunAnew >= MOST_ANEW)) {
                if (status >= 400 && status < 500) {
                    open = Optional.empty(); // it said no, and has no room for it any more
                }
                return Optional.of(otherwise(response));
            }
            said = Optional.of(response);
            broke = new IOException("sent bytes it answered " + status);
        } catch (HopClient.WrongPeerException | HopClient.SourceException | NonsenseException e) {
            throw e;
        } catch (IOException e) {
            mayBeWhole |= wire.sentAll();
            broke = e;
        }
        return goOn(path, broke, said);
    }

    private Optional<HopAnswer> took(Response response) throws IOException {
        long next = offsetOf(response);
        if (next <= offset) {
            return Optional.of(new HopAnswer.Nonsense("204 that took nothing"));
        }
        perseverance.tried(0, true);
        stands(next);
        if (perseverance.isOver()) {
            throw new IOException("the upload hardly goes on from " + offset);
        }
        return Optional.empty();
    }

    private void stands(long now) {
        offset = now;
        mayBeWhole = now == upload.size();
        perseverance.stands(now);
    }

    /** Only a place under the base that was dialled; whatever else it says is not followed. */
    private Optional<String> location(Response response) {
        String base = peer.base().getRawPath();
        return Optional.of(response.values("Location"))
                .filter(values -> values.size() == 1 && values.getFirst().startsWith(base))
                .map(values -> values.getFirst().substring(base.length()))
                .filter(path -> TOKEN.matcher(path).matches());
    }

    private HopAnswer held(Response response) throws IOException {
        mayBeWhole = true;
        try {
            Optional<Promise> promise = HopHeaders.promise(response.values(HopHeaders.PROMISE));
            return promise.isPresent()
                    ? new HopAnswer.Accepted(promise.get())
                    : client.collect(peer, upload.key(), Duration.ZERO);
        } catch (IllegalArgumentException e) {
            return new HopAnswer.Nonsense("a promise that cannot be read");
        }
    }

    private HopAnswer otherwise(Response response) {
        return response.status() >= 400
                ? Answers.failed(response)
                : new HopAnswer.Nonsense("a status that means nothing here (" + response.status() + ")");
    }

    /**
     * Asks where it stands, until the hop says so, and goes on from there; begins it anew where the hop does not know it any
     * more.
     *
     * @param broke why
     * @param said what the hop answered to the bytes, if it did
     */
    private Optional<HopAnswer> goOn(String path, IOException broke, Optional<Response> said) throws IOException {
        // Whoever was interrupted, or has no time left, does not go on.
        if (!perseverance.isOver() && !Thread.currentThread().isInterrupted()) {
            upload.progress().broke(Objects.requireNonNullElse(broke.getMessage(), broke.toString()));
        }
        IOException last = broke;
        Optional<Response> answered = said;
        // Bytes for another place than it stands at: it is there, and knows.
        boolean atOnce = said.isPresent() && said.get().status() == 409 && !perseverance.isOver();
        while (atOnce || again(answered)) {
            atOnce = false;
            boolean lost;
            try {
                Response response = look(path);
                lost = response.status() == 404 || response.status() == 410;
                if (response.status() == 200) {
                    long next = offsetOf(response);
                    if (said.isPresent() && next <= offset && isDecided(response, said.get())) {
                        open = Optional.empty();
                        return Optional.of(otherwise(said.get()));
                    }
                    stands(next);
                    upload.progress().goesOn(next);
                    LOG.debug("an upload to {} goes on from {} of {}", peer.base(), next, upload.size());
                    return Optional.empty();
                }
                answered = Optional.of(response);
                last = new IOException("asked where the upload stands it answered " + response.status());
            } catch (HopClient.WrongPeerException | NonsenseException e) {
                throw e;
            } catch (IOException e) {
                lost = false;
                answered = Optional.empty();
                last = e;
            }
            if (lost) {
                open = Optional.empty();
                if (begunAnew++ >= MOST_ANEW) {
                    throw new IOException("the hop does not know the upload any more", broke);
                }
                Optional<HopAnswer> answer = begin();
                if (answer.isEmpty() && open.isPresent()) {
                    upload.progress().goesOn(0);
                }
                return answer;
            }
        }
        if (answered.isPresent() && AGAIN.contains(answered.get().status())) {
            return Optional.of(otherwise(answered.get()));
        }
        throw last;
    }

    private Response look(String path) throws IOException {
        long begun = wire.nanos();
        boolean reached = true;
        try {
            return wire.call("HEAD", path, Map.of());
        } catch (HopClient.UnreachableException e) {
            reached = false;
            throw e;
        } finally {
            perseverance.tried(wire.nanos() - begun, reached);
        }
    }

    /** Whether the answer to the bytes was the hop's last word: an upload that can go on says until when. */
    private static boolean isDecided(Response head, Response said) {
        return AGAIN.contains(said.status()) && head.values(Tus.EXPIRES).isEmpty();
    }

    private boolean again(Optional<Response> answered) throws IOException {
        try {
            return perseverance.again(answered.flatMap(TusWire::wish));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private long offsetOf(Response response) throws IOException {
        List<String> values = response.values(Tus.OFFSET);
        if (values.size() != 1 || !NUMBER.matcher(values.getFirst()).matches()) {
            throw new IOException("an offset that is no number");
        }
        long offset = Long.parseLong(values.getFirst());
        if (offset > upload.size()) {
            throw new IOException("an offset beyond the end");
        }
        return offset;
    }
}
