package waybill.update;

import waybill.protocol.FileUrl;
import waybill.trust.Blacklist;

/** Hears of what happens while something is fetched, as facts. Called by several threads; it must return soon. */
public interface FetchWatch {
    /** Nobody listens. */
    FetchWatch SILENT = new FetchWatch() {};

    /** Why somebody is left for the next. */
    enum Passing {
        /** Not reached. */
        UNREACHABLE,
        /** TLS did not prove the node that answered the round: nobody is blamed. */
        WRONG_PEER,
        /** The connection broke, again and again. */
        BROKEN,
        /** It said no. */
        DECLINED,
        /** It answered what the hop API does not know: another range or length, a redirect. */
        NONSENSE,
        /** Slower than anybody is waited for. */
        SLOW,
        /** What it gave does not hold; the detail begins with the kind. */
        UNVERIFIED
    }

    /** The LAN is asked. */
    default void asking(String href) {}

    /** The LAN cannot be asked: it has no such interface, for one. */
    default void unasked(String why) {}

    /** So many answered, so many of them with it in hand. */
    default void answered(int relays, int holders) {}

    /** Bytes of this file come from this one now. */
    default void takingFrom(FileUrl file, Giver giver) {}

    /** This one gave so many good bytes of a file. */
    default void took(FileUrl file, Giver giver, int bytes) {}

    /** So many bytes of a file are there and checked. */
    default void progress(FileUrl file, long there, long size) {}

    /** This one is left. */
    default void passedOver(Giver giver, Passing why, String detail) {}

    /** Somebody was put on the black list. */
    default void penalty(Blacklist.Entry entry) {}
}
