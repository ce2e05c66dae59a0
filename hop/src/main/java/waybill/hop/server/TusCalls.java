package waybill.hop.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import waybill.hop.HopLimits;
import waybill.hop.HopService;
import waybill.hop.resume.Checksum;
import waybill.hop.resume.Metadata;
import waybill.hop.resume.ResumableUpload;
import waybill.hop.resume.ResumableUploads;
import waybill.hop.wire.HopHeaders;
import waybill.hop.wire.Tus;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Promise;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * tus 1.0.0 in front of a service (section 3.9): core, creation, expiration, termination and checksum. Safe for use by
 * several threads.
 */
final class TusCalls {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final byte[] EMPTY = new byte[0];

    /** Up to 1 MiB of each is held in memory, twice for a moment; so these are the most at once of all peers together. */
    static final int MOST_GATHERED = 24;

    /** The same of one address, which must not keep the others from it. */
    static final int MOST_GATHERED_OF_PEER = 6;

    private final ResumableUploads uploads;
    private final HopLimits limits;
    private final Turns gathered =
            new Turns("requests with a checksum or in chunks", MOST_GATHERED, MOST_GATHERED_OF_PEER);
    private final InstantSource clock = InstantSource.system();
    private final SecureRandom random = new SecureRandom();

    TusCalls(ResumableUploads uploads, HopLimits limits) {
        this.uploads = uploads;
        this.limits = limits;
    }

    /** The fields of a request. */
    @FunctionalInterface
    interface Fields {
        /** Every value of this field. */
        List<String> of(String name);
    }

    /** What is spoken here. */
    Reply options(HopService service) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(Tus.RESUMABLE, Tus.VERSION);
        headers.put(Tus.VERSIONS, Tus.VERSION);
        headers.put(Tus.EXTENSIONS, "creation,expiration,termination,checksum");
        headers.put(Tus.MAX_SIZE, Long.toString(Math.min(limits.maxBody(), service.largest())));
        headers.put(Tus.CHECKSUM_ALGORITHMS, Checksum.ALGORITHMS);
        return new Reply(204, headers, EMPTY);
    }

    /**
     * {@code POST {base}}.
     *
     * @param about hears which upload it is about
     */
    Reply create(String base, HopService service, Fields fields, InetAddress peer, Consumer<ResumableUpload> about)
            throws ProblemException, IOException, InterruptedException {
        checkVersion(fields);
        ResumableUploads.Description described = described(fields);
        if (described.length() > limits.maxBody()) {
            throw new ProblemException(Problem.TOO_LARGE, "a body has at most " + limits.maxBody() + " bytes here");
        }
        if (described.hops() > Promise.MAX_HOPS) {
            throw new ProblemException(Problem.TOO_MANY_HOPS, "a way has at most " + Promise.MAX_HOPS + " hops");
        }
        ResumableUpload upload = uploads.create(service, described, peer);
        about.accept(upload);
        Optional<HopService.Answer> answer;
        if (upload.length() == 0) {
            try (ResumableUpload.Turn turn = upload.take(() -> {})) {
                answer = Optional.of(turn.finish());
            }
        } else {
            answer = upload.begun();
        }
        Map<String, String> headers = headers(upload);
        headers.put("Location", base + "/u/" + upload.token());
        headers.put(Tus.TASK, upload.id().toString());
        answer.ifPresent(known -> describe(headers, base, upload, known));
        return new Reply(201, headers, EMPTY);
    }

    private ResumableUploads.Description described(Fields fields) throws ProblemException {
        Optional<Long> length = number(fields, Tus.LENGTH);
        if (length.isEmpty()) {
            throw new ProblemException(Problem.LENGTH_REQUIRED, "room must be reserved: say " + Tus.LENGTH);
        }
        try {
            Metadata metadata = Metadata.parse(only(fields, Tus.METADATA).orElse(""));
            return new ResumableUploads.Description(
                    metadata.get("id").map(TaskId::parse).orElseGet(() -> TaskId.fresh(clock, random)),
                    length.get(),
                    metadata.get("sha256").map(Sha256::new),
                    metadata.get("contents").map(Sha256::new),
                    HopHeaders.recipient(metadata.get("recipient").stream().toList()),
                    HopHeaders.hops(fields.of(HopHeaders.HOPS)));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    /** {@code HEAD {upload}}: whoever asks for the offset means to go on from there. */
    Reply offset(HopCall.Resumption call, HopService service, Fields fields, Runnable end)
            throws ProblemException, InterruptedException {
        checkVersion(fields);
        try (ResumableUpload.Turn turn = find(call, service).take(end)) {
            Map<String, String> headers = headers(turn.upload());
            headers.put(Tus.LENGTH, Long.toString(turn.upload().length()));
            return new Reply(200, headers, EMPTY);
        }
    }

    /**
     * {@code PATCH {upload}}.
     *
     * @param length of the body, if declared
     * @param end ends this request's connection
     * @param about hears which upload it is about, before a byte of the body is read
     */
    Reply append(
            HopCall.Resumption call,
            HopService service,
            Fields fields,
            InetAddress peer,
            InputStream body,
            OptionalLong length,
            Runnable end,
            Consumer<ResumableUpload> about)
            throws ProblemException, IOException, InterruptedException {
        checkVersion(fields);
        if (!only(fields, "Content-Type").equals(Optional.of(Tus.MEDIA_TYPE))) {
            throw new ProblemException(Problem.MEDIA_TYPE, "the bytes of an upload are " + Tus.MEDIA_TYPE);
        }
        long offset = number(fields, Tus.OFFSET)
                .orElseThrow(() -> new ProblemException(Problem.BAD_REQUEST, Tus.OFFSET + " is missing"));
        Optional<Checksum> checksum = checksum(fields);
        try (ResumableUpload.Turn turn = find(call, service).take(end)) {
            ResumableUpload upload = turn.upload();
            about.accept(upload);
            if (!upload.isDecided()) {
                if (offset != upload.offset()) {
                    throw new ProblemException(Problem.OFFSET_MISMATCH, "it goes on at " + upload.offset());
                }
                if (length.isPresent() && length.getAsLong() > upload.length() - offset) {
                    throw new ProblemException(Problem.BAD_REQUEST, "more bytes than " + Tus.LENGTH + " said");
                }
                receive(turn, peer, body, length, checksum);
            }
            Optional<HopService.Answer> answer = upload.offset() == upload.length() || upload.isDecided()
                    ? Optional.of(turn.finish())
                    : Optional.empty();
            Map<String, String> headers = headers(upload);
            answer.ifPresent(known -> describe(headers, call.base(), upload, known));
            return new Reply(204, headers, EMPTY);
        }
    }

    /** A chunk is gathered whole before a byte of it is handed on, and a piece with a checksum, too. */
    private void receive(
            ResumableUpload.Turn turn,
            InetAddress peer,
            InputStream body,
            OptionalLong length,
            Optional<Checksum> checksum)
            throws ProblemException, IOException, InterruptedException {
        if (checksum.isEmpty() && length.isPresent()) {
            turn.receive(body);
            return;
        }
        try (Turns.Turn _ = gathered.begin(peer)) {
            turn.receive(checksum.isPresent() ? checked(body, checksum.get()) : body);
        }
    }

    /** Nothing of a request counts whose checksum does not fit, so its bytes are held back until it does. */
    private static InputStream checked(InputStream body, Checksum checksum) throws IOException, ProblemException {
        byte[] bytes = body.readNBytes(Checksum.MAX_BYTES + 1);
        if (bytes.length > Checksum.MAX_BYTES) {
            throw new ProblemException(
                    Problem.TOO_LARGE, "a request with a checksum has at most " + Checksum.MAX_BYTES + " bytes");
        }
        if (!checksum.fits(bytes, bytes.length)) {
            throw new ProblemException(Problem.CHECKSUM_MISMATCH, "the bytes that came have another checksum");
        }
        return new ByteArrayInputStream(bytes);
    }

    /** {@code DELETE {upload}}. */
    Reply terminate(HopCall.Resumption call, HopService service, Fields fields) throws ProblemException {
        checkVersion(fields);
        uploads.terminate(find(call, service));
        return new Reply(204, Map.of(Tus.RESUMABLE, Tus.VERSION), EMPTY);
    }

    private ResumableUpload find(HopCall.Resumption call, HopService service) throws ProblemException {
        return uploads.find(service, call.token())
                .orElseThrow(() -> new ProblemException(Problem.NOT_FOUND, "no such upload; begin anew"));
    }

    private Map<String, String> headers(ResumableUpload upload) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(Tus.RESUMABLE, Tus.VERSION);
        headers.put(Tus.OFFSET, Long.toString(upload.offset()));
        if (!upload.isDecided()) {
            headers.put(Tus.EXPIRES, HTTP_DATE.format(clock.instant().plus(upload.left())));
        }
        return headers;
    }

    private static void describe(
            Map<String, String> headers, String base, ResumableUpload upload, HopService.Answer answer) {
        headers.putAll(Reply.describing(base, upload.id(), upload.hops(), answer));
        if (answer instanceof HopService.Answer.Accepted accepted) {
            headers.put(HopHeaders.PROMISE, accepted.promise().header());
        }
    }

    private static void checkVersion(Fields fields) throws ProblemException {
        if (!only(fields, Tus.RESUMABLE).equals(Optional.of(Tus.VERSION))) {
            throw new ProblemException(Problem.TUS_VERSION, Tus.RESUMABLE + " is " + Tus.VERSION + " here");
        }
    }

    private static Optional<Checksum> checksum(Fields fields) throws ProblemException {
        try {
            return only(fields, Tus.CHECKSUM).map(Checksum::parse);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<Long> number(Fields fields, String name) throws ProblemException {
        Optional<String> value = only(fields, name);
        if (value.isPresent() && !NUMBER.matcher(value.get()).matches()) {
            throw new ProblemException(Problem.BAD_REQUEST, name + " is a number");
        }
        return value.map(Long::parseLong);
    }

    private static Optional<String> only(Fields fields, String name) throws ProblemException {
        try {
            return HopHeaders.only(name, fields.of(name));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }
}
