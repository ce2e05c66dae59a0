package waybill.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import waybill.e2e.Strace.Call;

/**
 * What a power cut leaves of a directory on the worst disk there may be: of a file's bytes only what its last fsync
 * covered, of a directory's names only what the directory's last fsync covered, and nothing else at all. It is made from
 * the trace of a process that was killed.
 */
final class WorstDisk {
    /** A file or a directory: as the process sees it, and as it would be after the cut. */
    private static final class Node {
        private final boolean directory;
        private byte[] bytes = {};
        private byte[] durableBytes = {};
        private final Map<String, Node> names = new TreeMap<>();
        private Map<String, Node> durableNames = Map.of();
        private int begun;
        private int covered;

        Node(boolean directory) {
            this.directory = directory;
        }

        /** Begins a sync; what is to be done when it has returned. */
        Runnable sync() {
            byte[] bytesThen = bytes;
            Map<String, Node> namesThen = Map.copyOf(names);
            int number = ++begun;
            return () -> {
                // of two at once the one that began later covers more, whichever returns first
                if (number > covered) {
                    covered = number;
                    durableBytes = bytesThen;
                    durableNames = namesThen;
                }
            };
        }
    }

    private final Path root;
    private final Node tree;
    private final Predicate<Call> ignored;
    private final Map<Integer, Long> positions = new HashMap<>();

    /**
     * Starts with what was there before, all of it durable.
     *
     * @param root the directory that the process worked on
     * @param before a copy of it from before the process started; nothing there if there was nothing
     * @param ignored syncs that this disk lies about
     */
    WorstDisk(Path root, Path before, Predicate<Call> ignored) throws IOException {
        this.root = root;
        this.ignored = ignored;
        this.tree = Files.exists(before) ? load(before) : new Node(true);
    }

    private static Node load(Path path) throws IOException {
        Node node = new Node(Files.isDirectory(path));
        if (node.directory) {
            try (Stream<Path> entries = Files.list(path)) {
                for (Path entry : entries.toList()) {
                    node.names.put(entry.getFileName().toString(), load(entry));
                }
            }
        } else {
            node.bytes = Files.readAllBytes(path);
        }
        node.sync().run();
        return node;
    }

    /** Does again what the process did up to a line of its trace. */
    void replay(List<Call> calls, int until) {
        record Step(int line, boolean begin, Call call) {}
        List<Step> steps = new ArrayList<>();
        for (Call call : calls) {
            steps.add(new Step(call.begun(), true, call));
            if (call.done()) {
                steps.add(new Step(call.ended(), false, call));
            }
        }
        steps.sort(Comparator.comparingInt(Step::line).thenComparing(Step::begin, Comparator.reverseOrder()));
        Map<Integer, Runnable> syncing = new HashMap<>();
        for (Step step : steps) {
            if (step.line() > until) {
                return;
            }
            Call call = step.call();
            if (call.is("fsync", "fdatasync")) {
                if (step.begin() && !ignored.test(call)) {
                    // it covers what was written before it began, and counts from when it returned
                    find(call.path()).ifPresent(node -> syncing.put(call.begun(), node.sync()));
                } else if (!step.begin()) {
                    syncing.getOrDefault(call.begun(), () -> {}).run();
                }
            } else if (!step.begin()) {
                apply(call);
            }
        }
    }

    private void apply(Call call) {
        switch (call.name()) {
            case "openat", "creat" -> open(call);
            case "write", "writev" -> {
                long at = positions.getOrDefault(call.descriptor(), 0L);
                write(call, at);
                positions.put(call.descriptor(), at + call.result());
            }
            case "pwrite64", "pwritev" -> write(call, call.numbers().getLast());
            case "lseek" -> positions.put(call.descriptor(), call.result());
            case "ftruncate" ->
                find(call.path())
                        .ifPresent(node -> node.bytes = Arrays.copyOf(
                                node.bytes, Math.toIntExact(call.numbers().getFirst())));
            case "rename", "renameat", "renameat2" -> {
                if (inside(call.text(0))) {
                    Node from = parent(call.text(0));
                    Node moved = from.names.remove(name(call.text(0)));
                    parent(call.text(1)).names.put(name(call.text(1)), moved);
                }
            }
            case "mkdir", "mkdirat" -> {
                if (inside(call.text(0)) && !call.text(0).equals(root.toString())) {
                    parent(call.text(0)).names.put(name(call.text(0)), new Node(true));
                }
            }
            case "unlink", "unlinkat", "rmdir" -> {
                if (inside(call.text(0))) {
                    parent(call.text(0)).names.remove(name(call.text(0)));
                }
            }
            case "fsync", "fdatasync", "sendto", "sendmsg" -> {}
            default -> {
                boolean here = inside(call.path())
                        || call.strings().stream().anyMatch(text -> inside(new String(text, StandardCharsets.UTF_8)))
                        || call.tail().contains("<");
                if (here && !call.is("fallocate")) {
                    throw new IllegalStateException("this disk does not know " + call);
                }
            }
        }
    }

    private void open(Call call) {
        String path = call.text(0);
        int descriptor = Math.toIntExact(call.result());
        positions.put(descriptor, 0L);
        if (!inside(path) || path.equals(root.toString())) {
            return;
        }
        Node parent = parent(path);
        if (call.tail().contains("O_CREAT")) {
            parent.names.computeIfAbsent(name(path), _ -> new Node(false));
        }
        Node node = parent.names.get(name(path));
        if (node != null && call.tail().contains("O_TRUNC")) {
            node.bytes = new byte[0];
        }
        if (node != null && call.tail().contains("O_APPEND")) {
            positions.put(descriptor, (long) node.bytes.length);
        }
    }

    private void write(Call call, long at) {
        find(call.path()).ifPresent(node -> {
            int start = Math.toIntExact(at);
            int count = Math.toIntExact(call.result());
            byte[] next = Arrays.copyOf(node.bytes, Math.max(node.bytes.length, start + count));
            System.arraycopy(call.data(), 0, next, start, count);
            node.bytes = next;
        });
    }

    /** Writes down what the cut has left. */
    void writeTo(Path target) throws IOException {
        write(tree, target);
    }

    private static void write(Node node, Path target) throws IOException {
        if (node.directory) {
            Files.createDirectories(target);
            for (Map.Entry<String, Node> entry : node.durableNames.entrySet()) {
                // SQLite makes the map of its log anew
                if (!entry.getKey().endsWith("-shm")) {
                    write(entry.getValue(), target.resolve(entry.getKey()));
                }
            }
        } else {
            Files.write(target, node.durableBytes);
        }
    }

    private boolean inside(String path) {
        return path.equals(root.toString()) || path.startsWith(root + "/");
    }

    private Optional<Node> find(String path) {
        if (path.equals(root.toString())) {
            return Optional.of(tree);
        }
        return inside(path) ? Optional.ofNullable(parent(path).names.get(name(path))) : Optional.empty();
    }

    private Node parent(String path) {
        Node node = tree;
        Path relative = root.relativize(Path.of(path));
        for (int i = 0; i < relative.getNameCount() - 1; i++) {
            node = node.names.get(relative.getName(i).toString());
            if (node == null) {
                throw new IllegalStateException("nobody made the directory of " + path);
            }
        }
        return node;
    }

    private static String name(String path) {
        return Path.of(path).getFileName().toString();
    }
}
