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
        within("interval", interval, 0, MAX_SECONDS);
        within("wait", untilRun, 0, MAX_SECONDS);
        within("backlog", backlog, 0, MAX_BYTES);
        within("rate", rate, 1, MAX_BYTES);
        within("hops", hops, 0, MAX_HOPS);
    }

    /**
     * Reads the header's value; unknown members are ignored, every known one must be there once.
     *
     * @throws IllegalArgumentException if it is malformed, over 256 characters or out of range
     */
    public static Promise parse(String header) {
        if (header.length() > 256) {
            throw new IllegalArgumentException("a promise has at most 256 characters");
        }
        Map<String, Long> members = new LinkedHashMap<>();
        for (String member : header.split(",", -1)) {
            int equals = member.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("a promise is a list of name=number");
            }
            String name = member.substring(0, equals).strip();
            String value = member.substring(equals + 1).strip();
            if (!value.matches("[0-9]{1,18}")) {
                throw new IllegalArgumentException("a promise is a list of name=number");
            }
            if (members.put(name, Long.parseLong(value)) != null) {
                throw new IllegalArgumentException("a promise names " + name + " twice");
            }
        }
        return new Promise(
                need(members, "interval"), need(members, "wait"), need(members, "backlog"), need(members, "rate"), (int)
                        Math.min(Integer.MAX_VALUE, need(members, "hops")));
    }

    /** The header's value. */
    public String header() {
        return "interval=" + interval + ", wait=" + untilRun + ", backlog=" + backlog + ", rate=" + rate + ", hops="
                + hops;
    }

    private static long need(Map<String, Long> members, String name) {
        Long value = members.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a promise without " + name);
        }
        return value;
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be from " + least + " to " + most);
        }
    }
}
