package waybill.hop.client;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * One upload by tus 1.0.0 (section 3.9): where the connection breaks, the next one goes on from what had arrived. For one
 * thread.
 */
final class Resuming {
    /** So many connections in a row that brought nothing are enough. */
    private static final int MOST_IN_VAIN = 10;

    /** So often an upload is begun anew that the hop forgot: one may be going down while the next comes up. */
    private static final int MOST_ANEW = 3;

    private static final Pattern TOKEN = Pattern.compile("/u/[A-Za-z0-9_-]{22}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private static final Logger LOG = LoggerFactory.getLogger(Resuming.class);

    private final HopClient client;
    private final Peer peer;
    private final Upload upload;
    private final TusWire wire;
    private int inVain;
    private int begunAnew;

    /** @param client fetches the outcome where it is at hand when the bytes are */
    Resuming(HopClient client, Peer peer, Upload upload, TusWire wire) {
        this.client = client;
        this.peer = peer;
        this.upload = upload;
        this.wire = wire;
    }

    /**
     * Uploads it.
     *
     * @return empty if the hop speaks no tus
     * @throws IOException if the hop was not reached, or broke off too often
     */
    Optional<HopAnswer> put() throws IOException {
        Created created = create();
        if (created.answer().isPresent() || created.path().isEmpty()) {
            return created.answer();
        }
        String path = created.path().get();
        long offset = 0;
        while (true) {
            try {
                Response response = wire.append(path, offset);
                Optional<HopAnswer> answer = answer(response);
                if (answer.isPresent()) {
                    return answer;
                }
                long next = response.status() == 409 ? stands(path) : offsetOf(response);
                if (response.status() != 409 && next <= offset) {
                    return Optional.of(new HopAnswer.Nonsense("204 that took nothing"));
                }
                inVain = next > offset ? 0 : inVain + 1;
                offset = next;
                if (inVain >= MOST_IN_VAIN) {
                    throw new IOException("the upload does not go on from " + offset);
                }
            } catch (HopClient.WrongPeerException | HopClient.SourceException | NonsenseException e) {
                throw e;
            } catch (IOException e) {
                long next;
                Optional<Long> stands = standsAfter(e, path);
                if (stands.isEmpty()) {
                    // The hop forgot it: it was restarted, or we came too late.
                    created = create();
                    if (created.answer().isPresent() || created.path().isEmpty()) {
                        return created.answer();
                    }
                    path = created.path().get();
                    next = 0;
                } else {
                    next = stands.get();
                }
                if (next > offset) {
                    inVain = 0;
                }
                LOG.debug("an upload to {} goes on from {} of {}", peer.base(), next, upload.size());
                offset = next;
            }
        }
    }

    /** An upload that was begun, or what was said instead; nothing if the hop speaks no tus. */
    private record Created(Optional<String> path, Optional<HopAnswer> answer) {}

    private Created create() throws IOException {
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
            return new Created(Optional.empty(), Optional.empty());
        }
        if (response.status() != 201) {
            return new Created(Optional.empty(), Optional.of(otherwise(response)));
        }
        if (!response.values("Link").isEmpty()) {
            return new Created(Optional.empty(), Optional.of(held(response)));
        }
        return location(response)
                .map(path -> new Created(Optional.of(path), Optional.empty()))
                .orElseGet(() -> new Created(
                        Optional.empty(), Optional.of(new HopAnswer.Nonsense("201 with a place that is not its own"))));
    }

    /** Only a place under the base that was dialled; whatever else it says is not followed. */
    private Optional<String> location(Response response) {
        String base = peer.base().getRawPath();
        return Optional.of(response.values("Location"))
                .filter(values -> values.size() == 1 && values.getFirst().startsWith(base))
                .map(values -> values.getFirst().substring(base.length()))
                .filter(path -> TOKEN.matcher(path).matches());
    }

    private Optional<HopAnswer> answer(Response response) throws IOException {
        if (response.status() == 204) {
            return response.values("Link").isEmpty() ? Optional.empty() : Optional.of(held(response));
        }
        if (response.status() == 409) {
            return Optional.empty();
        }
        if (response.status() == 404 && begunAnew < MOST_ANEW) {
            throw new IOException("the upload is not known any more");
        }
        return Optional.of(otherwise(response));
    }

    private HopAnswer held(Response response) throws IOException {
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

    /** Where it stands after a connection broke; empty if the upload is not known any more. */
    private Optional<Long> standsAfter(IOException broke, String path) throws IOException {
        IOException last = broke;
        while (inVain++ < MOST_IN_VAIN && wire.mayTryAgain()) {
            try {
                return Optional.of(stands(path));
            } catch (LostException e) {
                if (begunAnew++ >= MOST_ANEW) {
                    throw e;
                }
                return Optional.empty();
            } catch (HopClient.WrongPeerException | NonsenseException e) {
                throw e;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private long stands(String path) throws IOException {
        Response response = wire.call("HEAD", path, Map.of());
        if (response.status() == 404 || response.status() == 410) {
            throw new LostException();
        }
        if (response.status() != 200) {
            throw new IOException("asked where the upload stands it answered " + response.status());
        }
        return offsetOf(response);
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

    /** The hop does not know the upload any more. */
    private static final class LostException extends IOException {
        LostException() {
            super("the hop does not know the upload any more");
        }
    }
}
