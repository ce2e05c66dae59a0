package waybill.hop.wire;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One range of bytes (RFC 9110, section 14): the {@code Range} of a request and the {@code Content-Range} of an answer.
 *
 * @param from the first byte
 * @param length how many, 1 or more
 */
public record ByteRange(long from, long length) {
    /** The field of a request. */
    public static final String RANGE = "Range";
    /** The field of an answer. */
    public static final String CONTENT_RANGE = "Content-Range";

    private static final Pattern REQUEST = Pattern.compile("(?i:bytes)[ \t]*=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*");
    private static final Pattern ANSWER = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");

    /** What a request wants of a representation. */
    public sealed interface Wanted {
        /** All of it: no range, several of them, or none that can be read. */
        record Whole() implements Wanted {}

        /** A part of it. */
        record Part(ByteRange range) implements Wanted {}

        /** A range that lies behind its end. */
        record Unsatisfiable() implements Wanted {}
    }

    /**
     * Reads {@code Range}. A range that cannot be read is ignored, and of several ranges the whole is given, as the RFC
     * allows: nobody gets an answer made of many small parts.
     *
     * @param values of the field
     * @param size of the representation
     */
    public static Wanted wanted(List<String> values, long size) {
        Matcher form = values.size() == 1 ? REQUEST.matcher(values.getFirst()) : REQUEST.matcher("");
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return new Wanted.Whole();
        }
        if (form.group(1).isEmpty()) {
            long suffix = Long.parseLong(form.group(2));
            if (suffix == 0) {
                return new Wanted.Unsatisfiable();
            }
            return suffix >= size ? new Wanted.Whole() : new Wanted.Part(new ByteRange(size - suffix, suffix));
        }
        long first = Long.parseLong(form.group(1));
        long last = form.group(2).isEmpty() ? Long.MAX_VALUE - 1 : Long.parseLong(form.group(2));
        if (last < first) {
            return new Wanted.Whole();
        }
        if (first >= size) {
            return new Wanted.Unsatisfiable();
        }
        return new Wanted.Part(new ByteRange(first, Math.min(last, size - 1) - first + 1));
    }

    /** The {@code Range} that asks for this. */
    public static String asking(long from, long length) {
        if (from < 0 || length < 1 || from > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("a range has a byte at least, and begins at 0 or behind it");
        }
        return "bytes=" + from + "-" + (from + length - 1);
    }

    /** The {@code Content-Range} of an answer that has this of so many bytes. */
    public String of(long size) {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }

    /** The {@code Content-Range} of an answer that has nothing, since the range lies behind the end. */
    public static String none(long size) {
        return "bytes */" + size;
    }

    /** The size of the whole that a {@code Content-Range} says, if it is for exactly these bytes; empty otherwise. */
    public static OptionalLong sizeOf(String contentRange, long from, long length) {
        Optional<Matcher> form =
                Optional.of(ANSWER.matcher(contentRange.strip())).filter(Matcher::matches);
        if (form.isEmpty()
                || Long.parseLong(form.get().group(1)) != from
                || Long.parseLong(form.get().group(2)) != from + length - 1
                || Long.parseLong(form.get().group(3)) < from + length) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Long.parseLong(form.get().group(3)));
    }
}
