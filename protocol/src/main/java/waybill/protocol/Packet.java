package waybill.protocol;

import java.time.Instant;
import java.util.Optional;

/**
 * A message of the protocol: one {@code <service/>} element (claims 22, 24, 26; section 1). Every kind has the six
 * mandatory attributes; {@code type} follows from the class, {@code version} is 1.0.
 *
 * <p>Immutable. {@link PacketCodec} reads and writes them. Times are whole seconds of UTC from 1970 to 9999; a fraction is
 * dropped. Every constructor throws IllegalArgumentException for a value out of its range.
 */
public sealed interface Packet {
    /** The most bytes that can be said: 1 PiB. */
    long MAX_SIZE = Promise.MAX_BYTES;

    /** The task's identity; for a profile, a release or a catalogue a fresh one. */
    TaskId id();

    /** The value of {@code type}. */
    String type();

    /** What is asked or was done. */
    enum Method {
        /** An upload. */
        PUT,
        /** An update. */
        GET
    }

    /** {@code method} of the packet. */
    Method method();

    /** The text of {@code href}. */
    String href();

    /** The scheme of the URL, as {@code acceptprotocol} says it. */
    default String acceptProtocol() {
        return href().substring(0, href().indexOf(':'));
    }

    /**
     * Whether the text has the form of an age recipient for X25519: {@code age1} and 58 characters of Bech32. The checksum
     * is left to whoever seals.
     */
    static boolean isRecipient(String text) {
        return Forms.isRecipient(text);
    }

    /**
     * A requester's question to all.
     *
     * @param size bytes to be sent, 0 or more
     * @param relays how many different relays the sender saw answer lately, 0 or more
     * @param maxHops the most hops it accepts, 1 to 4
     * @param commit the commitment to the round's secret
     * @param sha256 the bytes that are looked for, where they are known already; only in a question for an update
     */
    record Request(
            TaskId id,
            Method method,
            BackendUrl backend,
            long size,
            int relays,
            int maxHops,
            Sha256 commit,
            Optional<Sha256> sha256)
            implements Packet {
        /** The most relays that can be said. */
        public static final int MAX_RELAYS = 100_000;

        /** A question that names no bytes. */
        public Request(
                TaskId id, Method method, BackendUrl backend, long size, int relays, int maxHops, Sha256 commit) {
            this(id, method, backend, size, relays, maxHops, commit, Optional.empty());
        }

        public Request {
            Forms.within("size", size, 0, MAX_SIZE);
            Forms.within("relays", relays, 0, MAX_RELAYS);
            Forms.within("maxhops", maxHops, 1, Promise.MAX_HOPS);
        }

        @Override
        public String type() {
            return "request";
        }

        @Override
        public String href() {
            return backend.toString();
        }
    }

    /** A relay's answer to one requester: where to send, and what to expect. */
    record Response(TaskId id, Method method, AliasUrl alias, NodeId node, Promise promise) implements Packet {
        @Override
        public String type() {
            return "response";
        }

        @Override
        public String href() {
            return alias.toString();
        }
    }

    /** The requester's word to all that it has found a relay; the others fall silent. */
    record Located(TaskId id, Method method, AliasUrl alias, Commitment secret) implements Packet {
        @Override
        public String type() {
            return "located";
        }

        @Override
        public String href() {
            return alias.toString();
        }
    }

    /**
     * The backend's word that it stored these bytes.
     *
     * @param opened whether it opened the parcel and checked its contents
     * @param contents SHA-256 of {@code waybill.xml}: checked if opened, else as it was claimed
     * @param recipient the age recipient the parcel was sealed to, as far as the backend knows
     */
    record Receipt(
            TaskId id,
            BackendUrl backend,
            long size,
            Sha256 sha256,
            Optional<Sha256> contents,
            boolean opened,
            Optional<String> recipient,
            Instant received)
            implements Packet {
        public Receipt {
            Forms.within("size", size, 0, MAX_SIZE);
            recipient.ifPresent(Forms::recipient);
            received = Forms.wholeSeconds(received);
        }

        @Override
        public String type() {
            return "receipt";
        }

        @Override
        public Method method() {
            return Method.PUT;
        }

        @Override
        public String href() {
            return backend.toString();
        }
    }

    /**
     * The backend's word that it will not take this delivery.
     *
     * @param size as it was declared to the backend
     * @param sha256 as it was declared, or of the bytes where they were read
     * @param contents the claim that came along, if any
     * @param recipient the recipient it claimed to be sealed to, if any. A hop can lie about it, so the sender compares
     *     it with its own before it believes an {@link Problem#UNKNOWN_RECIPIENT}; a difference blames nobody, since an
     *     honest hop may meet a refusal that another one provoked
     * @param problem one that time does not cure: a refusal is a decision
     */
    record Refusal(
            TaskId id,
            BackendUrl backend,
            long size,
            Sha256 sha256,
            Optional<Sha256> contents,
            Optional<String> recipient,
            Problem problem,
            Instant received)
            implements Packet {
        /** A refusal of a delivery that claimed no recipient. */
        public Refusal(
                TaskId id,
                BackendUrl backend,
                long size,
                Sha256 sha256,
                Optional<Sha256> contents,
                Problem problem,
                Instant received) {
            this(id, backend, size, sha256, contents, Optional.empty(), problem, received);
        }

        public Refusal {
            Forms.within("size", size, 0, MAX_SIZE);
            recipient.ifPresent(Forms::recipient);
            decisive(problem.code());
            received = Forms.wholeSeconds(received);
        }

        static Problem decisive(String code) {
            Problem problem = Problem.ofCode(code);
            if (problem.retryable()) {
                throw new IllegalArgumentException("no refusal for what may succeed later: " + code);
            }
            return problem;
        }

        @Override
        public String type() {
            return "refusal";
        }

        @Override
        public Method method() {
            return Method.PUT;
        }

        @Override
        public String href() {
            return backend.toString();
        }
    }

    /**
     * What a sender must know of a backend beforehand.
     *
     * @param serial grows with every profile; a lower one is never taken after a higher one
     * @param recipient the age recipient to seal to, {@code age1...}
     * @param maxSize the largest parcel in bytes
     */
    record Profile(TaskId id, BackendUrl backend, long serial, String recipient, long maxSize, Instant expires)
            implements Packet {
        /** The highest serial. */
        public static final long MAX_SERIAL = Promise.MAX_BYTES;

        public Profile {
            Forms.within("serial", serial, 0, MAX_SERIAL);
            Forms.recipient(recipient);
            Forms.within("maxsize", maxSize, 1, MAX_SIZE);
            expires = Forms.wholeSeconds(expires);
        }

        @Override
        public String type() {
            return "profile";
        }

        @Override
        public Method method() {
            return Method.PUT;
        }

        @Override
        public String href() {
            return backend.toString();
        }
    }

    /**
     * The publisher's word that these are the bytes of a file (section 10).
     *
     * @param size of the file in bytes, {@value #MAX_FILE} at most
     * @param sha256 of the file
     * @param pieces SHA-256 of the file's {@linkplain Pieces piece hashes}
     * @param release the number of the publication that signed it, 1 or more; grows with every publication
     * @param published when these bytes were first published under this name; a file that did not change keeps it
     * @param expires from then on it says nothing; later than {@code published}
     */
    record Release(
            TaskId id,
            FileUrl file,
            long size,
            Sha256 sha256,
            Sha256 pieces,
            long release,
            Instant published,
            Instant expires)
            implements Packet {
        /** The largest file in bytes: 256 GiB, so that no list of piece hashes is larger than 8 MiB. */
        public static final long MAX_FILE = 1L << 38;
        /** The highest number of a publication. */
        public static final long MAX_RELEASE = Promise.MAX_BYTES;

        public Release {
            Forms.within("size", size, 0, MAX_FILE);
            Forms.within("release", release, 1, MAX_RELEASE);
            published = Forms.wholeSeconds(published);
            expires = Forms.after(published, Forms.wholeSeconds(expires));
        }

        @Override
        public String type() {
            return "release";
        }

        @Override
        public Method method() {
            return Method.GET;
        }

        @Override
        public String href() {
            return file.toString();
        }
    }

    /**
     * The publisher's word that these are all the files there are (section 10).
     *
     * @param size of the {@linkplain CatalogueList list} in bytes
     * @param sha256 of the list
     * @param release the number of the publication, 1 or more
     * @param published when it was published
     * @param expires from then on it says nothing; later than {@code published}
     */
    record Catalogue(
            TaskId id, BackendUrl backend, long size, Sha256 sha256, long release, Instant published, Instant expires)
            implements Packet {
        public Catalogue {
            FileUrl.publishing(backend);
            Forms.within("size", size, 0, CatalogueList.MAX_BYTES);
            Forms.within("release", release, 1, Release.MAX_RELEASE);
            published = Forms.wholeSeconds(published);
            expires = Forms.after(published, Forms.wholeSeconds(expires));
        }

        @Override
        public String type() {
            return "catalogue";
        }

        @Override
        public Method method() {
            return Method.GET;
        }

        @Override
        public String href() {
            return backend.toString();
        }
    }

    /**
     * What lies beside a parcel that is carried by hand (section 9): all that whoever passes it on must know. Unsigned, and
     * so trusted in nothing: it is a claim about bytes, and {@code href} is compared with where an operator said that
     * parcels go, never dialled.
     *
     * @param size bytes of the parcel
     * @param sha256 of the parcel
     * @param contents SHA-256 of its {@code waybill.xml}, as its sender claims
     * @param recipient the age recipient it is sealed to, as its sender claims
     */
    record Label(TaskId id, BackendUrl backend, long size, Sha256 sha256, Sha256 contents, String recipient)
            implements Packet {
        public Label {
            Forms.within("size", size, 0, MAX_SIZE);
            Forms.recipient(recipient);
        }

        /** The delivery it speaks of. */
        public DeliveryKey key() {
            return new DeliveryKey(id, sha256, Optional.of(contents));
        }

        @Override
        public String type() {
            return "label";
        }

        @Override
        public Method method() {
            return Method.PUT;
        }

        @Override
        public String href() {
            return backend.toString();
        }
    }
}
