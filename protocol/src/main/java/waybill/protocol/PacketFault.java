package waybill.protocol;

/** A packet that is not one, and why. Thrown by {@link PacketCodec}; carries facts, not prose. */
public final class PacketFault extends Exception {
    /** The kinds of fault, each with vectors of its own in {@code spec/vectors/packet}. */
    public enum Kind {
        /** More bytes than its carrier allows. */
        TOO_LARGE,
        /** Not well-formed UTF-8, or another encoding is declared. */
        NOT_UTF8,
        /** Not well-formed XML, or more than one element. */
        NOT_XML,
        /** A document type declaration or an entity of its own. */
        DTD,
        /** A processing instruction. */
        PROCESSING_INSTRUCTION,
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
        super(attribute.isEmpty() ? kind.name() : kind.name() + ": " + attribute);
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
