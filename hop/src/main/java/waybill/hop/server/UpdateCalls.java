package waybill.hop.server;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import waybill.hop.GivenFile;
import waybill.hop.HopLimits;
import waybill.hop.UpdateService;
import waybill.hop.UpdateService.Content;
import waybill.hop.wire.ByteRange;
import waybill.hop.wire.Conditions;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;

/** Answers what is asked of updates (section 10.4). Safe for use by several threads. */
final class UpdateCalls {
    private static final String FOR_EVER = "public, max-age=31536000, immutable";
    static final String ASK_AGAIN = "no-cache";

    private final Turns downloads;
    private final InstantSource clock;

    UpdateCalls(HopLimits limits, InstantSource clock) {
        this.clock = clock;
        this.downloads = new Turns("downloads", limits.maxDownloads(), limits.maxDownloadsPerPeer());
    }

    /** A request as far as it matters here; its agent is what the client calls itself. */
    record Asked(boolean headOnly, Function<String, List<String>> fields, InetAddress peer, String agent) {}

    Reply answer(UpdateCall call, UpdateService service, Asked asked)
            throws ProblemException, IOException, InterruptedException {
        return switch (call) {
            case UpdateCall.Catalogue _ -> Reply.cms(service.catalogue());
            case UpdateCall.Release release -> Reply.cms(service.release(release.name()));
            case UpdateCall.Content content ->
                file(content(service, content.digest(), Optional.empty()), FOR_EVER, asked);
            case UpdateCall.Copy copy ->
                file(service.copy(copy.origin(), copy.path(), asked.agent()), ASK_AGAIN, asked);
            case UpdateCall.Named named -> {
                UpdateService.Named file = service.named(named.name());
                yield file(content(service, file.sha256(), Optional.of(file.published())), ASK_AGAIN, asked);
            }
        };
    }

    private static GivenFile content(UpdateService service, Sha256 digest, Optional<Instant> modified)
            throws ProblemException, IOException, InterruptedException {
        return new GivenFile(service.content(digest), Optional.of("\"" + digest + "\""), modified, GivenFile.BYTES);
    }

    /** The answer that gives a file, or of it what was asked for; the file is closed in the end. */
    Reply file(GivenFile file, String caching, Asked asked) throws ProblemException, IOException, InterruptedException {
        Map<String, String> fields = new LinkedHashMap<>();
        file.tag().ifPresent(tag -> fields.put("ETag", tag));
        file.modified().ifPresent(time -> fields.put("Last-Modified", Conditions.date(time)));
        fields.put("Cache-Control", caching);
        fields.put("Accept-Ranges", "bytes");
        Conditions conditions = new Conditions(file.tag(), file.modified());
        boolean given = false;
        try {
            if (conditions.holdsAlready(asked.fields(), clock.instant())) {
                return new Reply(304, fields, new byte[0]);
            }
            fields.put("Content-Type", file.mediaType());
            // It is somebody's file: no browser is to guess what it could be.
            fields.put("X-Content-Type-Options", "nosniff");
            Reply reply = body(file.content(), conditions, fields, asked);
            given = reply.download().isPresent();
            return reply;
        } finally {
            if (!given) {
                file.close();
            }
        }
    }

    private Reply body(Content content, Conditions conditions, Map<String, String> fields, Asked asked)
            throws ProblemException, IOException, InterruptedException {
        if (asked.headOnly()) {
            return Reply.download(200, fields, Download.lengthOf(content));
        }
        long size = content.size();
        ByteRange.Wanted wanted = conditions.takesRange(asked.fields())
                ? ByteRange.wanted(asked.fields().apply(ByteRange.RANGE), size)
                : new ByteRange.Wanted.Whole();
        return switch (wanted) {
            case ByteRange.Wanted.Unsatisfiable _ ->
                Reply.problem(Problem.RANGE_NOT_SATISFIABLE, "there are " + size + " bytes", Optional.empty())
                        .with(ByteRange.CONTENT_RANGE, ByteRange.none(size));
            case ByteRange.Wanted.Whole _ -> Reply.download(200, fields, open(content, 0, size, asked));
            case ByteRange.Wanted.Part part -> {
                ByteRange range = part.range();
                fields.put(ByteRange.CONTENT_RANGE, range.of(size));
                yield Reply.download(206, fields, open(content, range.from(), range.length(), asked));
            }
        };
    }

    private Download open(Content content, long from, long length, Asked asked)
            throws ProblemException, IOException, InterruptedException {
        Turns.Turn turn = downloads.begin(asked.peer());
        boolean open = false;
        try {
            Download download = Download.of(content, from, length, turn);
            open = true;
            return download;
        } finally {
            if (!open) {
                turn.close();
            }
        }
    }
}
