package waybill.parcel;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What writes and reads the stanza of an age header for a key. The library makes and drops a key pair for each of them, as
 * much work as the stanza itself, so they are kept for the few keys a process has. They hold the key and nothing of a
 * parcel. Safe for use by several threads.
 */
final class Stanzas {
    /** Nobody has so many; beyond it they are made anew. */
    private static final int MOST = 32;

    private static final Map<String, RecipientStanzaWriter> WRITERS = new ConcurrentHashMap<>();
    private static final Map<String, RecipientStanzaReader> READERS = new ConcurrentHashMap<>();

    private Stanzas() {}

    private interface Making<T> {
        T of(String key) throws GeneralSecurityException;
    }

    /**
     * For {@code age1...}.
     *
     * @throws GeneralSecurityException if it is none
     * @throws IllegalArgumentException if it is none
     */
    static RecipientStanzaWriter to(String recipient) throws GeneralSecurityException {
        return kept(WRITERS, recipient, X25519RecipientStanzaWriterFactory::newRecipientStanzaWriter);
    }

    /**
     * For {@code AGE-SECRET-KEY-1...}.
     *
     * @throws GeneralSecurityException if it is none
     * @throws IllegalArgumentException if it is none
     */
    static RecipientStanzaReader by(String identity) throws GeneralSecurityException {
        return kept(READERS, identity, X25519RecipientStanzaReaderFactory::newRecipientStanzaReader);
    }

    private static <T> T kept(Map<String, T> all, String key, Making<T> making) throws GeneralSecurityException {
        T known = all.get(key);
        if (known != null) {
            return known;
        }
        T made = making.of(key);
        if (all.size() < MOST) {
            all.put(key, made);
        }
        return made;
    }
}
