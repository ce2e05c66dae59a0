package waybill.protocol;

/** A packet that is not one, and why. Thrown by {@link PacketCodec}; carries facts, not prose. */
public final class PacketFault extends Exception {
    /** The kinds of fault, each with vectors of its own in {@code spec/vectors}. */
    public enum Kind {
        /** More bytes than its carrier allows. */
        TOO_LARGE,
        /** Not well-formed UTF-8, a byte order mark, or another encoding declared. */
        NOT_UTF8,
        /** Not well-formed XML 1.0, or anything but white space around the one element. */
        NOT_XML,
        /** A document type declaration. */
        DTD,
        /** A processing instruction. */
        PROCESSING_INSTRUCTION,
        /** A comment, wherever it stands. */
        COMMENT,
        /** The same attribute twice. */
        DUPLICATE_ATTRIBUTE,
        /** An element or text inside the element. */
        NOT_EMPTY,
        /** Another element than {@code service}, or a namespace. */
        NOT_SERVICE,
        /** A mandatory attribute is missing. */
        MISSING_ATTRIBUTE,
        /** An attribute's value is out of its range or form. */
        BAD_VALUE,
        /** A type this version does not know: dropped and counted, no error. */
        UNKNOWN_TYPE,
        /** Another major version: dropped and counted, no error. */
        UNKNOWN_VERSION
    }

    private final Kind kind;
    private final String attribute;

    /** A fault that concerns the whole packet. */
    public PacketFault(Kind kind) {
        this(kind, "");
    }

    /** A fault of one attribute. */
    public PacketFault(Kind kind, String attribute) {
        // No stack trace: what the network says is no fault of the program, and a flood of it must stay cheap.
        super(attribute.isEmpty() ? kind.name() : kind.name() + ": " + attribute, null, false, false);
        this.kind = kind;
        this.attribute = attribute;
    }

    /** The kind of fault. */
    public Kind kind() {
        return kind;
    }

    /** The attribute concerned, or an empty text. */
    public String attribute() {
        return attribute;
    }
}
