package waybill.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** ClamAV's own updater on one host, which knows one private mirror and databases in a directory of its own. */
final class Freshclam {
    private final Host host;
    private final Path config;
    private final Path databases;

    /** @param mirror {@code http://127.0.0.1:7580} */
    Freshclam(Host host, Path dir, String mirror, String custom) {
        this.host = host;
        this.databases = dir.resolve("clamav");
        this.config = dir.resolve("freshclam.conf");
        try {
            Files.createDirectories(databases);
            Files.writeString(config, """
                    DatabaseDirectory %s
                    PrivateMirror %s
                    DatabaseCustomURL %s
                    MaxAttempts 1
                    """.formatted(databases, mirror, mirror + "/" + custom));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Updates one database, {@code custom} for those of the custom URL. */
    Shell.Result update(String database) {
        // As root it would become the user clamav, who may not be there.
        return host.run(
                Map.of(),
                Duration.ofMinutes(2),
                List.of(
                        "unshare",
                        "-U",
                        "freshclam",
                        "--config-file=" + config,
                        "--update-db=" + database,
                        "--stdout",
                        "--verbose"));
    }

    /** A database that it has. */
    Path database(String name) {
        return databases.resolve(name);
    }

    /** A list of digests, in ClamAV's own format for them. */
    static String hashes(String... names) {
        StringBuilder lines = new StringBuilder();
        for (String name : names) {
            lines.append("44d88612fea8a8f36de82e1278abb02f:68:").append(name).append('\n');
        }
        return lines.toString();
    }

    /** A database in the form of ClamAV's own, which ClamAV did not sign. */
    static byte[] unsigned(byte[] body) {
        String head =
                "ClamAV-VDB:30 Nov 2026 14-00 +0000:1:1:90:" + md5(body) + ":" + "A".repeat(172) + ":rules:1796047200";
        byte[] database = new byte[512 + body.length];
        java.util.Arrays.fill(database, 0, 512, (byte) ' ');
        byte[] bytes = head.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, database, 0, bytes.length);
        System.arraycopy(body, 0, database, 512, body.length);
        return database;
    }

    private static String md5(byte[] bytes) {
        try {
            return java.util.HexFormat.of()
                    .formatHex(java.security.MessageDigest.getInstance("MD5").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
