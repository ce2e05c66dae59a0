package waybill.backend;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import waybill.backend.BackendSetupException.Kind;
import waybill.protocol.BackendUrl;

/** Where things are in a backend's directory, and its settings. README.txt in it says the same to people. */
record BackendDirectory(Path path) {
    private static final String URL = "url";
    private static final String MAX_SIZE = "maxsize";
    private static final String RSA_1024 = "allow-rsa-1024";

    /**
     * {@code backend.properties}.
     *
     * @param url where senders and relays reach the backend; receipts name it
     * @param maxSize the largest parcel in bytes
     * @param allowRsa1024 whether a receipt key of RSA with 1024 bits is taken
     */
    record Settings(BackendUrl url, long maxSize, boolean allowRsa1024) {}

    /** The roots that senders and relays get. */
    Path anchor() {
        return path.resolve("anchor.pem");
    }

    /** The settings. */
    Path properties() {
        return path.resolve("backend.properties");
    }

    /** For people. */
    Path readme() {
        return path.resolve("README.txt");
    }

    /** What the server needs. */
    Path online() {
        return path.resolve("online");
    }

    /** What it must not have, once it runs. */
    Path offline() {
        return path.resolve("offline");
    }

    /** Deliveries and receipts. */
    Path data() {
        return path.resolve("data");
    }

    /** What is published. */
    PublishedFiles published() {
        return new PublishedFiles(path.resolve("published"));
    }

    /** The signed profile. */
    Path profile() {
        return online().resolve("profile.cms");
    }

    /** The recipients whose parcels are taken, one a line. */
    Path recipients() {
        return online().resolve("recipients.txt");
    }

    /** The text of fresh settings. */
    static String settingsText(BackendUrl url, long maxSize) {
        return """
                # Where senders and relays reach this backend. Receipts name it, so it stays as it is.
                %s = %s

                # The largest parcel in bytes. The profile says it too: run 'waybill backend renew' after a change.
                %s = %d

                # Whether a receipt key of RSA with 1024 bits is taken; senders must allow it as well.
                %s = false
                """.formatted(URL, url, MAX_SIZE, maxSize, RSA_1024);
    }

    /** Reads the settings; a key that it does not know is an error. */
    Settings settings() throws IOException, BackendSetupException {
        if (!Files.isRegularFile(properties())) {
            throw new BackendSetupException(Kind.MISSING, properties() + " is missing");
        }
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(properties())) {
            read.load(reader);
        } catch (IllegalArgumentException e) {
            throw new BackendSetupException(Kind.BAD_SETTING, properties() + " cannot be read", e);
        }
        Set<String> unknown = new TreeSet<>(read.stringPropertyNames());
        unknown.removeAll(Set.of(URL, MAX_SIZE, RSA_1024));
        if (!unknown.isEmpty()) {
            throw new BackendSetupException(Kind.BAD_SETTING, properties() + " has an unknown key: " + unknown);
        }
        String typed = read.getProperty(URL);
        if (typed == null) {
            throw new BackendSetupException(Kind.BAD_SETTING, properties() + " does not say " + URL);
        }
        try {
            long maxSize =
                    Long.parseLong(read.getProperty(MAX_SIZE, Long.toString(BackendInit.Options.DEFAULT_MAX_SIZE)));
            if (maxSize < 1) {
                throw new IllegalArgumentException(MAX_SIZE + " must be 1 or more");
            }
            return new Settings(
                    BackendUrl.parse(typed.strip()),
                    maxSize,
                    flag(read.getProperty(RSA_1024, "false").strip()));
        } catch (IllegalArgumentException e) {
            throw new BackendSetupException(Kind.BAD_SETTING, properties() + ": " + e.getMessage(), e);
        }
    }

    private static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(RSA_1024 + " must be true or false");
        };
    }
}
