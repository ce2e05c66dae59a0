package waybill.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process asked of the system, as {@code strace} saw it: which calls, what they wrote, when each began and returned. */
final class Strace {
    private static final Pattern LINE = Pattern.compile("^(\\d+) +(.*)$", Pattern.DOTALL);
    private static final Pattern RESUMED = Pattern.compile("^<\\.\\.\\. (\\w+) resumed>(.*)$", Pattern.DOTALL);
    private static final Pattern CALL = Pattern.compile("^(\\w+)\\((.*)\\) += (-?\\d+|\\?)(.*)$", Pattern.DOTALL);
    private static final Pattern UNRETURNED = Pattern.compile("^(\\w+)\\((.*)$", Pattern.DOTALL);
    private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+");
    private static final Pattern DESCRIPTOR = Pattern.compile("^(\\d+)<(.*)$", Pattern.DOTALL);
    private static final String UNFINISHED = " <unfinished ...>";
    private static final long NEVER = -1;

    private Strace() {}

    /** The command that runs this one and writes what it does with files and sockets to a file, all of its data included. */
    static List<String> command(Path trace, List<String> command) {
        return Shell.list(
                List.of(
                        "strace",
                        "--seccomp-bpf",
                        "-f",
                        "-y",
                        "-yy",
                        "-xx",
                        "-s",
                        "1048576",
                        "-e",
                        "trace=fsync,fdatasync,write,writev,sendto,sendmsg,pwrite64,pwritev,lseek,rename,renameat,"
                                + "renameat2,openat,creat,link,linkat,symlink,mkdir,mkdirat,rmdir,ftruncate,truncate,fallocate,"
                                + "unlink,unlinkat,copy_file_range,sendfile",
                        "-e",
                        "signal=none",
                        "-o",
                        trace.toString()),
                command);
    }

    /** The process that the command ran, to be killed: whoever kills strace itself only stops its looking. */
    static ProcessHandle traced(Service strace) {
        return ProcessHandle.of(strace.pid())
                .flatMap(handle -> handle.children().findFirst())
                .orElseThrow();
    }

    /**
     * A call.
     *
     * @param begun the line of the trace where it began
     * @param ended the line where it returned, {@link Integer#MAX_VALUE} if it never did
     * @param result what it returned, negative for an error
     * @param descriptor of its first argument, -1 if that is none
     * @param path that of the descriptor when the call began; empty for a socket
     * @param socket whether the descriptor is a TCP connection
     * @param strings its quoted arguments: names or data, in order
     * @param tail what follows the last of the strings, or the descriptor
     */
    record Call(
            int begun,
            int ended,
            String name,
            long result,
            int descriptor,
            String path,
            boolean socket,
            List<byte[]> strings,
            String tail) {
        boolean is(String... names) {
            return Arrays.asList(names).contains(name);
        }

        /** The same call, returned at another time. */
        Call endedAt(int line) {
            return new Call(begun, line, name, result, descriptor, path, socket, strings, tail);
        }

        boolean done() {
            return ended != Integer.MAX_VALUE && result >= 0;
        }

        boolean syncs(String file) {
            return is("fsync", "fdatasync") && path.equals(file);
        }

        boolean writes() {
            return is("write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg");
        }

        /** A name among the strings. */
        String text(int index) {
            return new String(strings.get(index), StandardCharsets.UTF_8);
        }

        /** All that was to be written. */
        byte[] data() {
            int length = strings.stream().mapToInt(part -> part.length).sum();
            byte[] all = new byte[length];
            int at = 0;
            for (byte[] part : strings) {
                System.arraycopy(part, 0, all, at, part.length);
                at += part.length;
            }
            return all;
        }

        /** Its data as characters, one a byte. */
        String latin() {
            return new String(data(), StandardCharsets.ISO_8859_1);
        }

        /** The numbers of the tail. */
        List<Long> numbers() {
            List<Long> numbers = new ArrayList<>();
            Matcher matcher = NUMBER.matcher(tail);
            while (matcher.find()) {
                numbers.add(Long.parseLong(matcher.group()));
            }
            return numbers;
        }
    }

    static List<String> lines(Path trace) {
        try {
            return Files.readAllLines(trace, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The calls in the order in which they began. */
    static List<Call> parse(Collection<String> lines) {
        record Begun(int line, String text) {}
        Map<String, Begun> unfinished = new HashMap<>();
        List<Call> calls = new ArrayList<>();
        int number = 0;
        for (String line : lines) {
            number++;
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()
                    || parts.group(2).startsWith("+++")
                    || parts.group(2).startsWith("---")) {
                continue;
            }
            String process = parts.group(1);
            String text = parts.group(2);
            Matcher resumed = RESUMED.matcher(text);
            int begun = number;
            if (text.endsWith(UNFINISHED)) {
                unfinished.put(process, new Begun(number, text.substring(0, text.length() - UNFINISHED.length())));
                continue;
            } else if (resumed.matches()) {
                Begun start = unfinished.remove(process);
                if (start == null) {
                    throw new IllegalArgumentException("resumed without a begin: line " + number + ": " + line);
                }
                begun = start.line();
                text = start.text() + resumed.group(2);
            }
            call(begun, number, text).ifPresent(calls::add);
        }
        unfinished
                .values()
                .forEach(start -> unreturned(start.line(), start.text()).ifPresent(calls::add));
        calls.sort(Comparator.comparingInt(Call::begun));
        return calls;
    }

    private static Optional<Call> call(int begun, int ended, String text) {
        Matcher matcher = CALL.matcher(text);
        if (!matcher.matches()) {
            return unreturned(begun, text);
        }
        if (matcher.group(3).equals("?")) {
            return Optional.of(call(begun, Integer.MAX_VALUE, matcher.group(1), matcher.group(2), NEVER));
        }
        return Optional.of(call(begun, ended, matcher.group(1), matcher.group(2), Long.parseLong(matcher.group(3))));
    }

    /** A call that the kill came into. */
    private static Optional<Call> unreturned(int begun, String text) {
        Matcher matcher = UNRETURNED.matcher(text);
        return matcher.matches()
                ? Optional.of(call(begun, Integer.MAX_VALUE, matcher.group(1), matcher.group(2), NEVER))
                : Optional.empty();
    }

    private static Call call(int begun, int ended, String name, String arguments, long result) {
        int descriptor = -1;
        String path = "";
        boolean socket = false;
        String rest = arguments;
        Matcher first = DESCRIPTOR.matcher(arguments);
        if (first.matches()) {
            descriptor = Integer.parseInt(first.group(1));
            rest = first.group(2);
            socket = rest.startsWith("TCP");
            // the names of connections have an arrow in them, and those of files are all in hexadecimal
            int end = socket ? rest.indexOf("]>") + 1 : rest.indexOf('>');
            if (!socket && end >= 0) {
                path = new String(bytes(rest.substring(0, end)), StandardCharsets.UTF_8);
            }
            rest = end < 0 ? "" : rest.substring(end + 1);
        }
        List<byte[]> strings = new ArrayList<>();
        Matcher quoted = QUOTED.matcher(rest);
        int tail = 0;
        while (quoted.find()) {
            strings.add(bytes(quoted.group(1)));
            tail = quoted.end();
        }
        return new Call(
                begun, ended, name, result, descriptor, path, socket, List.copyOf(strings), rest.substring(tail));
    }

    /** {@code \x2f\x74}; what is not all of this form is kept as it stands. */
    private static byte[] bytes(String escaped) {
        String hex = escaped.replace("\\x", "");
        boolean all = escaped.length() == 2 * hex.length() && hex.length() % 2 == 0;
        return all ? HexFormat.of().parseHex(hex) : escaped.getBytes(StandardCharsets.UTF_8);
    }
}
