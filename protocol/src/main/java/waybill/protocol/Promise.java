package waybill.protocol;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a hop promises when it accepts a delivery, the input of the maximum wait (sections 3 and 6). As a header:
 * {@code Waybill-Promise: interval=900, wait=120, backlog=1048576, rate=250000, hops=1}.
 *
 * @param interval the period of the upload service in seconds, 0 if it uploads at once
 * @param untilRun {@code wait} on the wire: seconds until its next run, time windows and budgets counted
 * @param backlog bytes that wait before this delivery
 * @param rate the measured uplink in bytes per second, at least 1
 * @param hops how many hops still lie before the backend, 1 for a relay with a route, 0 at the backend itself
 */
public record Promise(long interval, long untilRun, long backlog, long rate, int hops) {
    /** The longest interval or wait that can be said: 400 days in seconds. */
    public static final long MAX_SECONDS = 400L * 24 * 3600;
    /** The largest backlog or rate that can be said, in bytes. */
    public static final long MAX_BYTES = 1L << 50;
    /** The most hops of a way. */
    public static final int MAX_HOPS = 4;

    /** @throws IllegalArgumentException if a value is out of its range */
    public Promise {
        Forms.within("interval", interval, 0, MAX_SECONDS);
        Forms.within("wait", untilRun, 0, MAX_SECONDS);
        Forms.within("backlog", backlog, 0, MAX_BYTES);
        Forms.within("rate", rate, 1, MAX_BYTES);
        Forms.within("hops", hops, 0, MAX_HOPS);
    }

    /**
     * Reads the header's value; unknown members are ignored, every known one must be there, and none twice.
     *
     * @throws IllegalArgumentException if it is malformed, over 256 characters or out of range
     */
    public static Promise parse(String header) {
        if (header.length() > 256) {
            throw new IllegalArgumentException("a promise has at most 256 characters");
        }
        Map<String, String> members = new LinkedHashMap<>();
        for (String member : header.split(",", -1)) {
            int equals = member.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("a promise is a list of name=number");
            }
            String name = member.substring(0, equals).strip();
            if (members.put(name, member.substring(equals + 1).strip()) != null) {
                throw new IllegalArgumentException("a promise names something twice");
            }
        }
        return new Promise(
                need(members, "interval", 0, MAX_SECONDS),
                need(members, "wait", 0, MAX_SECONDS),
                need(members, "backlog", 0, MAX_BYTES),
                need(members, "rate", 1, MAX_BYTES),
                (int) need(members, "hops", 0, MAX_HOPS));
    }

    /** The header's value. */
    public String header() {
        return "interval=" + interval + ", wait=" + untilRun + ", backlog=" + backlog + ", rate=" + rate + ", hops="
                + hops;
    }

    private static long need(Map<String, String> members, String name, long least, long most) {
        String value = members.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a promise without " + name);
        }
        return Forms.number(name, value, least, most);
    }
}
