package waybill.discovery;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of addresses of one family, {@code 10.1.0.0/16} or {@code fd00::/8}. Immutable.
 *
 * @param address any of them; what the prefix leaves out is not looked at
 * @param prefix bits that count, 0 to 32 or 128
 */
public record Network(InetAddress address, int prefix) {
    /** All four numbers: the JDK would take {@code 10.1} for 10.0.0.1. */
    static final String IPV4 = "\\d{1,3}(?:\\.\\d{1,3}){3}";

    private static final Pattern FORM =
            Pattern.compile("(" + Network.IPV4 + "|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:/(\\d{1,3}))?");

    /** @throws IllegalArgumentException if the prefix is out of its range */
    public Network {
        if (prefix < 0 || prefix > bits(address)) {
            throw new IllegalArgumentException(
                    address instanceof Inet4Address
                            ? "an IPv4 prefix has 0 to 32 bits"
                            : "an IPv6 prefix has 0 to 128 bits");
        }
    }

    /** The network of this address alone. */
    public static Network of(InetAddress address) {
        return new Network(address, bits(address));
    }

    /**
     * Reads {@code ADDRESS/PREFIX}, or an address alone; nothing is looked up.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static Network parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("a network is ADDRESS/PREFIX, such as 10.1.0.0/16");
        }
        InetAddress address = InetAddress.ofLiteral(form.group(1));
        return form.group(2) == null ? of(address) : new Network(address, Integer.parseInt(form.group(2)));
    }

    /** Whether the address is one of them; zones are not looked at. */
    public boolean contains(InetAddress other) {
        byte[] ours = address.getAddress();
        byte[] theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        int whole = prefix / 8;
        for (int i = 0; i < whole; i++) {
            if (ours[i] != theirs[i]) {
                return false;
            }
        }
        int rest = prefix % 8;
        return rest == 0 || ((ours[whole] ^ theirs[whole]) & 0xff) >>> (8 - rest) == 0;
    }

    /** {@code 10.1.0.0/16}. */
    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefix;
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * 8;
    }
}
