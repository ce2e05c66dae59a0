package waybill.protocol;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * All files that a backend publishes (section 10.3): ASCII text, a line for each, sorted by name. A catalogue packet signs
 * for its size and digest. There is one way to write each list, and the reader takes no other.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class CatalogueList {
    /** The most bytes of a list. */
    public static final int MAX_BYTES = 8 << 20;
    /** The most files of a list. */
    public static final int MAX_FILES = 10_000;

    private static final String TITLE = "waybill catalogue 1";
    private static final int FIELDS = 8;

    private final List<Entry> entries;

    /**
     * One file: what its release says, and which CMS that release is.
     *
     * @param signed SHA-256 of the CMS with the release
     */
    public record Entry(
            FileName name,
            long size,
            Sha256 sha256,
            Sha256 pieces,
            long release,
            Instant published,
            Instant expires,
            Sha256 signed) {
        /** @throws IllegalArgumentException for a value out of the range that a {@link Packet.Release} allows */
        public Entry {
            Forms.within("size", size, 0, Packet.Release.MAX_FILE);
            Forms.within("release", release, 1, Packet.Release.MAX_RELEASE);
            published = Forms.wholeSeconds(published);
            expires = Forms.after(published, Forms.wholeSeconds(expires));
        }

        /** The entry of a release. */
        public static Entry of(Packet.Release release, byte[] cms) {
            return new Entry(
                    release.file().name(),
                    release.size(),
                    release.sha256(),
                    release.pieces(),
                    release.release(),
                    release.published(),
                    release.expires(),
                    Sha256.of(cms));
        }

        private String line() {
            return String.join(
                    " ",
                    name.text(),
                    Long.toString(size),
                    sha256.hex(),
                    pieces.hex(),
                    Long.toString(release),
                    published.toString(),
                    expires.toString(),
                    signed.hex());
        }

        private static Entry parse(String line) {
            String[] fields = line.split(" ", FIELDS + 1);
            if (fields.length != FIELDS) {
                throw new IllegalArgumentException("a line has " + FIELDS + " fields");
            }
            return new Entry(
                    new FileName(fields[0]),
                    Forms.number("size", fields[1], 0, Packet.Release.MAX_FILE),
                    new Sha256(fields[2]),
                    new Sha256(fields[3]),
                    Forms.number("release", fields[4], 1, Packet.Release.MAX_RELEASE),
                    Forms.time(fields[5]),
                    Forms.time(fields[6]),
                    new Sha256(fields[7]));
        }
    }

    /**
     * A list of these.
     *
     * @throws IllegalArgumentException if they are too many, not in the order of their names, or one is another's folder
     */
    public CatalogueList(List<Entry> entries) {
        this.entries = List.copyOf(entries);
        if (this.entries.size() > MAX_FILES) {
            throw new IllegalArgumentException("a catalogue has at most " + MAX_FILES + " files");
        }
        Set<String> names = new HashSet<>();
        String before = "";
        for (Entry entry : this.entries) {
            String name = entry.name().text();
            if (name.compareTo(before) <= 0) {
                throw new IllegalArgumentException("the names are not in order");
            }
            before = name;
            names.add(name);
        }
        for (String name : names) {
            for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
                if (names.contains(name.substring(0, slash))) {
                    throw new IllegalArgumentException("a file's name is another one's folder");
                }
            }
        }
    }

    /**
     * Reads the list of a catalogue that verified.
     *
     * @throws UpdateFault WRONG_CONTENT if it is not the list that was signed for, MALFORMED if that is no list
     */
    public static CatalogueList of(Packet.Catalogue catalogue, byte[] bytes) throws UpdateFault {
        if (bytes.length != catalogue.size() || !Sha256.of(bytes).equals(catalogue.sha256())) {
            throw new UpdateFault(UpdateFault.Kind.WRONG_CONTENT, "another list than the catalogue's");
        }
        return parse(bytes);
    }

    /**
     * Reads a list by itself.
     *
     * @throws UpdateFault MALFORMED if it is none
     */
    public static CatalogueList parse(byte[] bytes) throws UpdateFault {
        if (bytes.length > MAX_BYTES) {
            throw malformed("more than " + MAX_BYTES + " bytes");
        }
        // What is not ASCII becomes a character that no field takes.
        String text = new String(bytes, StandardCharsets.US_ASCII);
        if (!text.startsWith(TITLE + "\n")) {
            throw malformed("it does not begin with '" + TITLE + "'");
        }
        List<Entry> entries = new ArrayList<>();
        try {
            for (int at = TITLE.length() + 1; at < text.length(); ) {
                int end = text.indexOf('\n', at);
                if (end < 0 || entries.size() == MAX_FILES) {
                    throw malformed(end < 0 ? "the last line has no end" : "more than " + MAX_FILES + " files");
                }
                entries.add(Entry.parse(text.substring(at, end)));
                at = end + 1;
            }
            return new CatalogueList(entries);
        } catch (IllegalArgumentException e) {
            throw malformed("line " + (entries.size() + 2) + ": " + e.getMessage());
        }
    }

    /** The list's bytes: the same list always gives the same ones. They may be more than {@link #MAX_BYTES}. */
    public byte[] encode() {
        StringBuilder text =
                new StringBuilder(64 + 400 * entries.size()).append(TITLE).append('\n');
        entries.forEach(entry -> text.append(entry.line()).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The files in the order of their names. */
    public List<Entry> entries() {
        return entries;
    }

    /** The file of this name, if there is one. */
    public Optional<Entry> find(FileName name) {
        int low = 0;
        int high = entries.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = entries.get(middle).name().compareTo(name);
            if (order == 0) {
                return Optional.of(entries.get(middle));
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return Optional.empty();
    }

    /**
     * Looks whether a release that verified goes with this list, the list of a catalogue that verified and has not expired.
     * A release of a later publication than the catalogue's is not the list's matter.
     *
     * @param number of the catalogue
     * @param cms the release as it came
     * @throws UpdateFault MIX_AND_MATCH if it is not the one that the list names, or the list names none
     */
    public void check(long number, Packet.Release release, byte[] cms) throws UpdateFault {
        if (release.release() > number) {
            return;
        }
        Optional<Entry> entry = find(release.file().name());
        if (!entry.equals(Optional.of(Entry.of(release, cms)))) {
            throw new UpdateFault(
                    UpdateFault.Kind.MIX_AND_MATCH,
                    entry.isPresent()
                            ? "not the release of " + release.file().name() + " that catalogue " + number + " names"
                            : "catalogue " + number + " has no "
                                    + release.file().name());
        }
    }

    private static UpdateFault malformed(String detail) {
        return new UpdateFault(UpdateFault.Kind.MALFORMED, detail);
    }
}
