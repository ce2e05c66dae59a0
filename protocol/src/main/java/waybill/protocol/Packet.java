package waybill.protocol;

import java.time.Instant;
import java.util.Optional;

/**
 * A message of the protocol: one {@code <service/>} element (claims 22, 24, 26; section 1). Every kind has the six
 * mandatory attributes; {@code type} follows from the class, {@code version} is 1.0.
 *
 * <p>Immutable. {@link PacketCodec} reads and writes them. Times are whole seconds of UTC.
 */
public sealed interface Packet {
    /** The task's identity; for a profile or a release a fresh one. */
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
     * A requester's question to all.
     *
     * @param size bytes to be sent, 0 or more
     * @param relays how many different relays the sender saw answer lately, 0 or more
     * @param maxHops the most hops it accepts, 1 to 4
     * @param commit the commitment to the round's secret
     */
    record Request(TaskId id, Method method, BackendUrl backend, long size, int relays, int maxHops, Sha256 commit)
            implements Packet {
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
}
