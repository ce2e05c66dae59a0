package waybill.store.content;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import waybill.protocol.Sha256;

/**
 * A copy that is here whole, open: it stays what it is until it is closed, whatever takes its place. Safe for use by several
 * threads.
 */
public final class Copy implements Closeable {
    /** The bytes of a head: notes are short. */
    static final int HEAD = 2048;

    private static final String FORM = "waybill copy 1";
    private static final String DIGEST = "sha256";
    private static final Pattern NAME = Pattern.compile("[a-z]{1,20}");
    private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e]{0,300}");

    private final FileChannel channel;
    private final Map<String, String> notes;
    private final Sha256 digest;

    private Copy(FileChannel channel, Map<String, String> notes, Sha256 digest) {
        this.channel = channel;
        this.notes = notes;
        this.digest = digest;
    }

    /** The head of a file. */
    static ByteBuffer head(Sha256 digest, Map<String, String> notes) {
        StringBuilder text = new StringBuilder(FORM).append('\n');
        text.append(DIGEST).append(' ').append(digest).append('\n');
        notes.forEach((name, value) -> {
            if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("a note has a short name and printable characters");
            }
            text.append(name).append(' ').append(value).append('\n');
        });
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > HEAD) {
            throw new IllegalArgumentException("notes of more than " + HEAD + " bytes");
        }
        return ByteBuffer.allocate(HEAD).put(bytes).rewind();
    }

    /** Reads the head; empty if it is none. */
    static Optional<Copy> read(FileChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD);
        while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
            // All of it.
        }
        if (head.hasRemaining()) {
            return Optional.empty();
        }
        String text = new String(head.array(), StandardCharsets.US_ASCII);
        Map<String, String> notes = new LinkedHashMap<>();
        String[] lines = text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1);
        for (int i = 1; i < lines.length; i++) {
            int space = lines[i].indexOf(' ');
            if (space > 0) {
                notes.put(lines[i].substring(0, space), lines[i].substring(space + 1));
            }
        }
        String digest = notes.remove(DIGEST);
        try {
            return lines[0].equals(FORM) && digest != null
                    ? Optional.of(new Copy(channel, Map.copyOf(notes), new Sha256(digest)))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What was noted about it. */
    public Map<String, String> notes() {
        return notes;
    }

    /** Bytes of it. */
    public long size() throws IOException {
        return channel.size() - HEAD;
    }

    /** Reads from an offset on; less than 0 behind the end. */
    public int read(ByteBuffer into, long from) throws IOException {
        return channel.read(into, HEAD + from);
    }

    boolean isSound() throws IOException {
        MessageDigest found = Sha256.newDigest();
        ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        for (long at = 0; read(buffer.clear(), at) >= 0; at += buffer.position()) {
            found.update(buffer.array(), 0, buffer.position());
        }
        return Sha256.ofDigest(found.digest()).equals(digest);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
