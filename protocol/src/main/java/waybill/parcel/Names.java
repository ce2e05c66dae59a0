package waybill.parcel;

import java.nio.charset.StandardCharsets;
import java.util.TreeSet;

/**
 * What a file of a parcel may be called (section 4). A name comes from a stranger and ends as a path on somebody's disk
 * and as text on somebody's terminal, so it must be harmless as both.
 */
final class Names {
    private static final int MAX_BYTES = 1024;
    private static final int MAX_PART_BYTES = 255;

    private Names() {}

    /** @throws IllegalArgumentException unless the name is relative, plain and within its limits */
    static void check(String name) {
        checkText(name);
        if (name.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("a name has no backslash");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new IllegalArgumentException("a name has at most " + MAX_BYTES + " bytes");
        }
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new IllegalArgumentException("a name is relative, without empty, . or .. parts");
            }
            if (part.getBytes(StandardCharsets.UTF_8).length > MAX_PART_BYTES) {
                throw new IllegalArgumentException("a part of a name has at most " + MAX_PART_BYTES + " bytes");
            }
        }
    }

    /** @throws IllegalArgumentException for text that XML or UTF-8 cannot carry or that plays tricks on a terminal */
    static void checkText(String text) {
        text.codePoints().forEach(Names::checkCharacter);
    }

    /** Names that can lie in one folder together. For one thread. */
    static final class Together {
        /**
         * The names, the separator before all else. So what lies in a folder comes right behind a file of the folder's
         * name, and a new name has to be compared with its two neighbours only.
         */
        private final TreeSet<String> names = new TreeSet<>(Together::compare);

        private static int compare(String one, String other) {
            int common = Math.min(one.length(), other.length());
            for (int i = 0; i < common; i++) {
                char a = one.charAt(i);
                char b = other.charAt(i);
                if (a != b) {
                    return a == '/' ? -1 : b == '/' ? 1 : Character.compare(a, b);
                }
            }
            return Integer.compare(one.length(), other.length());
        }

        /** @throws IllegalArgumentException for a name that is there, or a file where another needs a folder */
        void add(String name) {
            String before = names.floor(name);
            String after = names.higher(name);
            if (name.equals(before)) {
                throw new IllegalArgumentException("two files have the same name");
            }
            if ((before != null && name.startsWith(before + '/')) || (after != null && after.startsWith(name + '/'))) {
                throw new IllegalArgumentException("a file's name is another one's folder");
            }
            names.add(name);
        }
    }

    private static void checkCharacter(int c) {
        boolean control = Character.getType(c) == Character.CONTROL;
        boolean reorders = c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
        boolean breaksLine = c == 0x2028 || c == 0x2029;
        boolean noCharacter = (c >= 0xD800 && c <= 0xDFFF) || c == 0xFFFE || c == 0xFFFF;
        if (control || reorders || breaksLine || noCharacter) {
            throw new IllegalArgumentException("U+%04X is a control character or no character".formatted(c));
        }
    }
}
