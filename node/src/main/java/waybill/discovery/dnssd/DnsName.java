package waybill.discovery.dnssd;

import java.util.ArrayList;
import java.util.List;

/**
 * A domain name without its root. Two are equal if they differ only in the case of ASCII letters (RFC 6762, section 16).
 * Immutable.
 *
 * @param labels each 1 to 63 bytes, written as one character a byte; on the wire at most 255 bytes in all
 */
record DnsName(List<String> labels) {
    static final int MOST_BYTES = 255;
    static final int MOST_IN_LABEL = 63;

    /** @throws IllegalArgumentException if a label or the whole is too long, or a label is empty */
    DnsName {
        labels = List.copyOf(labels);
        int bytes = 1;
        for (String label : labels) {
            if (label.isEmpty()
                    || label.length() > MOST_IN_LABEL
                    || label.chars().anyMatch(c -> c > 0xff)) {
                throw new IllegalArgumentException("a label has 1 to 63 bytes");
            }
            bytes += 1 + label.length();
        }
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException("a name has at most 255 bytes");
        }
    }

    static DnsName of(String... labels) {
        return new DnsName(List.of(labels));
    }

    /** This name below another label. */
    DnsName below(String label) {
        List<String> longer = new ArrayList<>(labels.size() + 1);
        longer.add(label);
        longer.addAll(labels);
        return new DnsName(longer);
    }

    /** Whether this is the other name and one label before it. */
    boolean isBelow(DnsName other) {
        return labels.size() == other.labels.size() + 1 && new DnsName(labels.subList(1, labels.size())).equals(other);
    }

    // Both without making anything: what strangers send is compared by the hundred.

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof DnsName name) || name.labels.size() != labels.size()) {
            return false;
        }
        for (int i = 0; i < labels.size(); i++) {
            if (!sameLabel(labels.get(i), name.labels.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameLabel(String one, String other) {
        if (one.length() != other.length()) {
            return false;
        }
        for (int i = 0; i < one.length(); i++) {
            if (fold(one.charAt(i)) != fold(other.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (String label : labels) {
            for (int i = 0; i < label.length(); i++) {
                hash = 31 * hash + fold(label.charAt(i));
            }
            hash = 31 * hash;
        }
        return hash;
    }

    /** Only ASCII: bytes above it are parts of UTF-8. */
    private static char fold(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
    }

    @Override
    public String toString() {
        return String.join(".", labels) + ".";
    }
}
