package waybill.backend;

/** A backend's directory that cannot be made, renewed, published from or run as it is. Carries which file, what is wrong, and what helps. */
public final class BackendSetupException extends Exception {
    /** What is wrong. */
    public enum Kind {
        /** A new backend wants an empty directory. */
        NOT_EMPTY("name a directory that is empty or does not exist yet"),
        /** The host or URL of a new backend cannot be used. */
        BAD_NAME("give a DNS name or an IPv4 address in lower case, and a URL at that very host"),
        /** A file that is needed is not there. */
        MISSING("'waybill backend init' makes all the files; README.txt in the directory lists them"),
        /** A file is there, but is not what its name says. */
        UNREADABLE("see README.txt in the directory for what the file has to be"),
        /** A setting that is unknown or out of its range. */
        BAD_SETTING(
                "see the option's help; backend.properties takes the keys that its own comments name, and no others"),
        /** The private key is not the one of the certificate beside it. */
        KEY_DOES_NOT_FIT("put the certificate and the key that belong together side by side, with the same name"),
        /** The certificate does not say that it may sign this. */
        WRONG_ROLE("a receipt certificate has the URI urn:waybill:receipt among its alternative names, the publisher's"
                + " urn:waybill:publisher, both with key usage digitalSignature"),
        /** The certificate is for another host. */
        WRONG_NAME("the certificate's alternative names must hold the host of the backend's URL"),
        /** The certificate's chain ends at none of the anchors. */
        UNKNOWN_CHAIN("put the intermediate certificates after the leaf in the same file, and the root in anchor.pem"),
        /** No certificate of this purpose is valid now. */
        EXPIRED("'waybill backend renew' makes new ones where offline/ is at hand"),
        /** The key's algorithm or size is not allowed. */
        ALGORITHM_NOT_ALLOWED("use ECDSA P-256, RSA of 2048 bits or more, or ML-DSA-65; RSA of 1024 bits only with"
                + " allow-rsa-1024"),
        /** A file, or a folder of files, that cannot be published. */
        BAD_FILE(
                "name a folder of plain files beside the backend's own, their names of letters, digits, '.', '_', '~' and '-';"
                        + " copy what a link points to"),
        /** A certificate or key that the start found unusable for another reason. */
        UNUSABLE("see the cause, and README.txt in the directory");

        private final String hint;

        Kind(String hint) {
            this.hint = hint;
        }
    }

    private final Kind kind;

    /** A fault of this kind; the detail names the file and what was found. */
    public BackendSetupException(Kind kind, String detail) {
        super(detail);
        this.kind = kind;
    }

    /** A fault with its cause. */
    public BackendSetupException(Kind kind, String detail, Throwable cause) {
        super(detail, cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** What an operator can do about it, one sentence without a full stop. */
    public String hint() {
        return kind.hint;
    }
}
