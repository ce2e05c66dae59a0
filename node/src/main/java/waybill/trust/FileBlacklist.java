package waybill.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.protocol.NodeId;
import waybill.protocol.Sha256;
import waybill.store.DurableFiles;

/**
 * The black list as {@code blacklist.json} with its evidence in {@code evidence/} (section 7). Read, changed and written
 * under a file lock, so that several processes share it; a damaged file is set aside and logged.
 *
 * <p>A penalty that ended bars nobody, but is remembered for {@link #MEMORY}, so that the next is twice as long. Methods
 * throw {@link UncheckedIOException} if the disk fails. Safe for use by several threads.
 */
public final class FileBlacklist implements Blacklist {
    /** The first penalty for lateness. */
    public static final Duration FIRST_LATE = Duration.ofHours(1);
    /** The first penalty for a forgery on a plain hop. */
    public static final Duration FIRST_FORGED_UNPROVED = Duration.ofHours(24);
    /** The longest penalty that ends by itself. */
    public static final Duration LONGEST = Duration.ofDays(30);
    /** How long a penalty that ended still counts. */
    public static final Duration MEMORY = Duration.ofDays(30);
    /** The most entries; beyond it those go first that end, or ended, soonest. */
    public static final int MAX_ENTRIES = 10_000;
    /** The most files of evidence; the oldest go first. */
    public static final int MAX_EVIDENCE = 256;
    /** The most bytes of one file of evidence; what is larger is cut there. */
    public static final int MAX_EVIDENCE_BYTES = 64 * 1024;

    private static final int MAX_DETAIL = 500;
    private static final Logger LOG = LoggerFactory.getLogger(FileBlacklist.class);

    private final StateFile file;
    private final Path evidence;
    private final InstantSource clock;
    private final int maxEntries;
    private final int maxEvidence;

    private FileBlacklist(Path directory, InstantSource clock, int maxEntries, int maxEvidence) {
        this.file = new StateFile(directory.resolve("blacklist.json"));
        this.evidence = directory.resolve("evidence");
        this.clock = clock;
        this.maxEntries = maxEntries;
        this.maxEvidence = maxEvidence;
    }

    /**
     * Opens or makes the list in this directory.
     *
     * @throws IOException if the directory cannot be made
     */
    public static FileBlacklist open(Path directory, InstantSource clock) throws IOException {
        return open(directory, clock, MAX_ENTRIES, MAX_EVIDENCE);
    }

    static FileBlacklist open(Path directory, InstantSource clock, int maxEntries, int maxEvidence) throws IOException {
        DurableFiles.directory(directory, true);
        DurableFiles.directory(directory.resolve("evidence"), true);
        return new FileBlacklist(directory, clock, maxEntries, maxEvidence);
    }

    @Override
    public Optional<Entry> barring(Subject subject) {
        return list().stream().filter(entry -> entry.subject().equals(subject)).findFirst();
    }

    @Override
    public List<Entry> list() {
        Instant now = clock.instant();
        try {
            return entries(file.read()).stream()
                    .filter(entry -> bars(entry, now))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Entry condemn(Subject subject, Reason reason, String detail, Optional<byte[]> evidence) {
        Instant now = clock.instant();
        return change(entries -> {
            Optional<Entry> before =
                    entries.stream().filter(e -> e.subject().equals(subject)).findFirst();
            // Proof outweighs suspicion as long as it bars.
            if (reason == Reason.MISSED_DEADLINE
                    && before.isPresent()
                    && before.get().reason().proof()
                    && bars(before.get(), now)) {
                return before.get();
            }
            int count =
                    before.filter(e -> e.reason() == reason).map(Entry::count).orElse(0) + 1;
            Entry entry = new Entry(
                    subject,
                    reason,
                    now,
                    penalty(subject, reason, count).map(now::plus),
                    count,
                    detail.substring(0, Math.min(detail.length(), MAX_DETAIL)),
                    evidence.map(this::keep).or(() -> before.flatMap(Entry::evidence)));
            entries.removeIf(e -> e.subject().equals(subject));
            entries.add(entry);
            return entry;
        });
    }

    @Override
    public void delivered(Subject subject) {
        change(entries -> entries.removeIf(e -> e.subject().equals(subject) && e.reason() == Reason.MISSED_DEADLINE));
    }

    @Override
    public boolean pardon(String subject) {
        return change(entries -> entries.removeIf(e -> e.subject().toString().equals(subject)));
    }

    @Override
    public int clear() {
        Instant now = clock.instant();
        return change(entries -> {
            int barring = (int) entries.stream().filter(e -> bars(e, now)).count();
            entries.clear();
            return barring;
        });
    }

    /** How long, for the count-th time in a row; empty if only a pardon ends it. */
    static Optional<Duration> penalty(Subject subject, Reason reason, int count) {
        Optional<Duration> first =
                switch (reason) {
                    case MISSED_DEADLINE -> Optional.of(FIRST_LATE);
                    case FORGED_RECEIPT, FORGED_UPDATE ->
                        switch (subject) {
                            case Subject.Node _ -> Optional.empty();
                            case Subject.Address _ -> Optional.of(FIRST_FORGED_UNPROVED);
                        };
                };
        return first.map(d -> {
            Duration doubled = d.multipliedBy(1L << Math.min(count - 1, 20));
            return doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        });
    }

    private static boolean bars(Entry entry, Instant now) {
        // After the clock was set back a penalty of the future would outlast every bound.
        return entry.until()
                .map(until -> now.isBefore(until) && !until.isAfter(now.plus(LONGEST)))
                .orElse(true);
    }

    private static boolean remembered(Entry entry, Instant now) {
        return entry.until()
                .map(until -> now.isBefore(until.plus(MEMORY)) && !until.isAfter(now.plus(LONGEST)))
                .orElse(true);
    }

    private interface Change<T> {
        T apply(List<Entry> entries);
    }

    private <T> T change(Change<T> change) {
        Instant now = clock.instant();
        try {
            return file.change(json -> {
                List<Entry> entries = new ArrayList<>(entries(json));
                T result = change.apply(entries);
                entries.removeIf(e -> !remembered(e, now));
                bound(entries);
                ArrayNode array = json.putArray("entries");
                entries.forEach(e -> array.add(toJson(json, e)));
                sweep(entries);
                return result;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void bound(List<Entry> entries) {
        if (entries.size() > maxEntries) {
            // What ends soonest goes first, a proof last and the newest proof very last.
            List<Entry> worst = entries.stream()
                    .sorted(Comparator.comparing((Entry e) -> e.until().orElse(Instant.MAX))
                            .thenComparing(Entry::since)
                            .reversed())
                    .limit(maxEntries)
                    .toList();
            entries.retainAll(Set.copyOf(worst));
        }
        List<Entry> withEvidence = entries.stream()
                .filter(e -> e.evidence().isPresent())
                .sorted(Comparator.comparing(Entry::since).reversed())
                .toList();
        if (withEvidence.size() > maxEvidence) {
            Set<Entry> without = Set.copyOf(withEvidence.subList(maxEvidence, withEvidence.size()));
            entries.replaceAll(e -> without.contains(e)
                    ? new Entry(e.subject(), e.reason(), e.since(), e.until(), e.count(), e.detail(), Optional.empty())
                    : e);
        }
    }

    private String keep(byte[] bytes) {
        byte[] kept = bytes.length <= MAX_EVIDENCE_BYTES ? bytes : Arrays.copyOf(bytes, MAX_EVIDENCE_BYTES);
        String name = Sha256.of(kept) + ".cms";
        try {
            DurableFiles.write(evidence.resolve(name), kept, true);
            return name;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes evidence that no entry names any more. */
    private void sweep(List<Entry> entries) {
        Set<String> named = entries.stream().flatMap(e -> e.evidence().stream()).collect(Collectors.toSet());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(evidence)) {
            for (Path one : files) {
                if (!named.contains(one.getFileName().toString())) {
                    DurableFiles.delete(one);
                }
            }
        } catch (IOException e) {
            LOG.warn("evidence in {} could not be cleaned up", evidence, e);
        }
    }

    private List<Entry> entries(ObjectNode json) {
        List<Entry> entries = new ArrayList<>();
        for (JsonNode node : json.path("entries")) {
            try {
                entries.add(fromJson(node));
            } catch (IllegalArgumentException | DateTimeException e) {
                LOG.warn("an entry of {} cannot be read and is dropped: {}", file.file(), e.getMessage());
            }
        }
        return entries;
    }

    private static ObjectNode toJson(ObjectNode maker, Entry entry) {
        ObjectNode node = maker.objectNode();
        switch (entry.subject()) {
            case Subject.Node subject -> node.put("node", subject.toString());
            case Subject.Address subject -> node.put("address", subject.toString());
        }
        node.put("reason", entry.reason().name());
        node.put("since", entry.since().toString());
        entry.until().ifPresent(until -> node.put("until", until.toString()));
        node.put("count", entry.count());
        node.put("detail", entry.detail());
        entry.evidence().ifPresent(name -> node.put("evidence", name));
        return node;
    }

    private static Entry fromJson(JsonNode node) {
        Subject subject = node.hasNonNull("node")
                ? new Subject.Node(NodeId.parse(node.path("node").asText()))
                : new Subject.Address(InetAddress.ofLiteral(node.path("address").asText()));
        return new Entry(
                subject,
                Reason.valueOf(node.path("reason").asText()),
                Instant.parse(node.path("since").asText()),
                text(node, "until").map(Instant::parse),
                Math.max(1, node.path("count").asInt()),
                node.path("detail").asText(),
                text(node, "evidence").filter(name -> name.matches("[0-9a-f]{64}\\.cms")));
    }

    private static Optional<String> text(JsonNode node, String name) {
        return node.hasNonNull(name) ? Optional.of(node.get(name).asText()) : Optional.empty();
    }
}
