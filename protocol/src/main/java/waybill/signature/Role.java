package waybill.signature;

/** What a leaf certificate may sign, said by a URI in its subject alternative name (section 5). */
public enum Role {
    /** Receipts and refusals; the key is online. */
    RECEIPT("urn:waybill:receipt"),
    /** Profiles and releases; the key is kept offline. */
    PUBLISHER("urn:waybill:publisher");

    private final String uri;

    Role(String uri) {
        this.uri = uri;
    }

    /** The URI in the certificate. */
    public String uri() {
        return uri;
    }
}
