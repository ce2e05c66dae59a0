package waybill.relay.uplink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.store.DurableFiles;

/**
 * How many bytes went on each of the last days, in a small file, one line a day. The file runs ahead of the truth by up to
 * a block: what it says was spent has at most been spent, so that a crash never makes room that is not there, and the disk
 * is not asked for each byte. Safe for use by several threads.
 */
final class Usage {
    /** Days remembered: the longest month, and as many again for a clock that jumps. */
    private static final int MOST_DAYS = 62;

    private static final Pattern LINE = Pattern.compile("(\\d{4}-\\d{2}-\\d{2}) (\\d{1,18})");
    private static final Logger LOG = LoggerFactory.getLogger(Usage.class);

    private final Path file;
    private final long block;
    private final NavigableMap<LocalDate, Long> spent;
    /** The day of which the file runs ahead, and what it says of it. */
    private LocalDate writtenDay = LocalDate.MIN;

    private long written;

    private Usage(Path file, long block, NavigableMap<LocalDate, Long> spent) {
        this.file = file;
        this.block = block;
        this.spent = spent;
    }

    /**
     * Goes on with what the file says; one that cannot be understood is counted as nothing, and that is logged.
     *
     * @param block how far the file may run ahead, in bytes
     */
    static Usage load(Path file, long block) throws IOException {
        NavigableMap<LocalDate, Long> spent = new TreeMap<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                Matcher matcher = LINE.matcher(line);
                try {
                    if (!matcher.matches()) {
                        throw new DateTimeException("not a day and a number");
                    }
                    spent.merge(LocalDate.parse(matcher.group(1)), Long.parseLong(matcher.group(2)), Math::max);
                } catch (DateTimeException e) {
                    LOG.warn("a line of {} is damaged and not counted: {}", file, e.getMessage());
                }
            }
        }
        return new Usage(file, block, spent);
    }

    /** Bytes of a day. */
    synchronized long on(LocalDate day) {
        return spent.getOrDefault(day, 0L);
    }

    /** Bytes of the month in which this day lies. */
    synchronized long inMonthOf(LocalDate day) {
        YearMonth month = YearMonth.from(day);
        return spent.subMap(month.atDay(1), true, month.atEndOfMonth(), true).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /**
     * Counts bytes that are about to go, or came.
     *
     * @throws IOException if that cannot be noted; then they are counted and must not go
     */
    synchronized void add(LocalDate today, long bytes) throws IOException {
        long now = spent.merge(today, bytes, Long::sum);
        if (!today.equals(writtenDay) || now > written) {
            write(today, now + block);
        }
    }

    /** Writes the truth, at an orderly end. */
    synchronized void close() throws IOException {
        if (!writtenDay.equals(LocalDate.MIN)) {
            write(writtenDay, on(writtenDay));
        }
    }

    private void write(LocalDate today, long said) throws IOException {
        while (spent.size() > MOST_DAYS) {
            spent.remove(spent.keySet().stream()
                    .max(Comparator.comparingLong(day -> Math.abs(ChronoUnit.DAYS.between(day, today))))
                    .orElseThrow());
        }
        StringBuilder text = new StringBuilder();
        spent.forEach((day, bytes) -> text.append(day)
                .append(' ')
                .append(day.equals(today) ? said : bytes)
                .append('\n'));
        DurableFiles.write(file, text.toString().getBytes(StandardCharsets.ISO_8859_1), false);
        writtenDay = today;
        written = said;
    }
}
