package waybill.trust;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.protocol.NodeId;

/**
 * The black list of a requester (claims 1 and 4; section 7): who forged, until an operator pardons it, and who was late,
 * for a time that doubles. Kept on disk with its evidence, shared by all processes of one data directory.
 *
 * <p>Safe for use by several threads.
 */
public interface Blacklist {
    /** Why a relay is on the list. */
    enum Reason {
        /** Proof: what it brought as a receipt cannot be one. */
        FORGED_RECEIPT,
        /** Proof: what it gave as an update cannot be one. */
        FORGED_UPDATE,
        /** Suspicion: no receipt within the maximum wait. */
        MISSED_DEADLINE;

        /** Whether it is proof, which lateness never outweighs. */
        public boolean proof() {
            return this != MISSED_DEADLINE;
        }
    }

    /** Who is meant: a node proved by TLS, or, on a plain hop, an address. */
    sealed interface Subject {
        /** Proved by TLS. */
        record Node(NodeId node) implements Subject {
            @Override
            public String toString() {
                return node.toString();
            }
        }

        /** A plain hop: every penalty expires. */
        record Address(InetAddress address) implements Subject {
            @Override
            public String toString() {
                return address.getHostAddress();
            }
        }
    }

    /**
     * One entry.
     *
     * @param until when it ends; empty if only a pardon ends it
     * @param count how often in a row
     * @param detail the kind of fault and the task, for people
     * @param evidence the name of the kept file beside the list, if there is one
     */
    record Entry(
            Subject subject,
            Reason reason,
            Instant since,
            Optional<Instant> until,
            int count,
            String detail,
            Optional<String> evidence) {}

    /** The entry that bars this subject now. */
    Optional<Entry> barring(Subject subject);

    /** Puts a subject on the list, or makes its entry worse; durable on return. */
    Entry condemn(Subject subject, Reason reason, String detail, Optional<byte[]> evidence);

    /** A verified receipt came through it: lateness is forgotten. */
    void delivered(Subject subject);

    /** All entries that bar somebody now. */
    List<Entry> list();

    /** Takes one off; false if it was not on. */
    boolean pardon(String subject);

    /** Takes all off and says how many. */
    int clear();
}
