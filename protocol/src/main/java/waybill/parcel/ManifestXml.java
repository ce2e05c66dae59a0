package waybill.parcel;

import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;

/**
 * Reads and writes {@code waybill.xml} (section 4): a {@code waybill} element with one empty {@code file} element for
 * each file. Strict in what it reads: UTF-8, no DTD, no namespace, no comment, no processing instruction but the XML
 * declaration, no text but white space. Unknown attributes are ignored.
 *
 * <p>Safe for use by several threads.
 */
public final class ManifestXml {
    /** The name of the file in the tar. */
    public static final String NAME = "waybill.xml";
    /** The most bytes of the file. */
    public static final int MAX_BYTES = 8 * 1024 * 1024;

    private static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,18}");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    private static final Pattern VERSION = Pattern.compile("1\\.\\d{1,3}");

    private ManifestXml() {}

    /** The file's bytes: the same manifest always gives the same ones. They may be more than {@link #MAX_BYTES}. */
    public static byte[] encode(Manifest manifest) {
        StringBuilder xml = new StringBuilder(512 + 256 * manifest.files().size());
        xml.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<waybill version=\"1.0\"");
        attribute(xml, "ID", manifest.id().toString());
        attribute(xml, "sender", manifest.sender());
        attribute(xml, "salt", manifest.salt());
        attribute(xml, "created", manifest.created().toString());
        xml.append(">\n");
        for (Manifest.Item file : manifest.files()) {
            xml.append("  <file");
            attribute(xml, "name", file.name());
            attribute(xml, "size", Long.toString(file.size()));
            attribute(xml, "sha256", file.sha256().hex());
            attribute(xml, "modified", file.modified().toString());
            xml.append("/>\n");
        }
        return xml.append("</waybill>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads the file.
     *
     * @throws ParcelFault NOT_A_PARCEL with what was found
     */
    public static Manifest parse(byte[] bytes) throws ParcelFault {
        if (bytes.length > MAX_BYTES) {
            throw fault("more than " + MAX_BYTES + " bytes", null);
        }
        try {
            // DTDs, comments and CDATA: none has a place here, and the JDK's parser does not fail cleanly in every DTD.
            require(!hasDeclaration(bytes), "a DTD, comment or CDATA section");
            // Decoded here, and not by the parser, so that no declaration can choose another encoding; and while it is
            // read, since all of it as text would take four times its room.
            Reader text = new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder());
            XMLStreamReader reader = parsers().createXMLStreamReader(text);
            try {
                return read(reader);
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            boolean coding = e.getNestedException() instanceof CharacterCodingException;
            throw fault(coding ? "not UTF-8" : "not well-formed XML", e);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw fault(String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean hasDeclaration(byte[] bytes) {
        for (int i = 1; i < bytes.length; i++) {
            if (bytes[i] == '!' && bytes[i - 1] == '<') {
                return true;
            }
        }
        return false;
    }

    private static Manifest read(XMLStreamReader in) throws XMLStreamException {
        String declared = in.getCharacterEncodingScheme();
        require(declared == null || declared.equalsIgnoreCase("UTF-8"), "another encoding than UTF-8 is declared");
        require(next(in) == XMLStreamConstants.START_ELEMENT, "no element");
        element(in, "waybill");
        require(VERSION.matcher(value(in, "version")).matches(), "another version");
        TaskId id = TaskId.parse(value(in, "ID"));
        String sender = value(in, "sender");
        String salt = value(in, "salt");
        Instant created = time(value(in, "created"));
        List<Manifest.Item> files = new ArrayList<>();
        while (next(in) == XMLStreamConstants.START_ELEMENT) {
            element(in, "file");
            require(files.size() < Manifest.MAX_FILES, "more than " + Manifest.MAX_FILES + " files");
            files.add(new Manifest.Item(
                    value(in, "name"),
                    size(value(in, "size")),
                    new Sha256(value(in, "sha256")),
                    time(value(in, "modified"))));
            require(next(in) == XMLStreamConstants.END_ELEMENT, "an element within a file");
        }
        require(next(in) == XMLStreamConstants.END_DOCUMENT, "something after the element");
        return new Manifest(id, sender, salt, created, files);
    }

    /** The next event that says something; only white space is passed over. */
    private static int next(XMLStreamReader in) throws XMLStreamException {
        while (true) {
            int event = in.next();
            switch (event) {
                case XMLStreamConstants.START_ELEMENT,
                        XMLStreamConstants.END_ELEMENT,
                        XMLStreamConstants.END_DOCUMENT -> {
                    return event;
                }
                case XMLStreamConstants.SPACE, XMLStreamConstants.CHARACTERS ->
                    require(in.isWhiteSpace(), "text between the elements");
                default -> throw new IllegalArgumentException("a DTD, comment, entity or processing instruction");
            }
        }
    }

    private static void element(XMLStreamReader in, String name) {
        require(in.getLocalName().equals(name), "another element than " + name);
        require(in.getNamespaceCount() == 0 && isEmpty(in.getPrefix()), "a namespace");
    }

    private static String value(XMLStreamReader in, String attribute) {
        for (int i = 0; i < in.getAttributeCount(); i++) {
            if (in.getAttributeLocalName(i).equals(attribute) && isEmpty(in.getAttributePrefix(i))) {
                return in.getAttributeValue(i);
            }
        }
        throw new IllegalArgumentException("no attribute " + attribute);
    }

    private static long size(String text) {
        require(SIZE.matcher(text).matches(), "a size is a decimal number");
        return Long.parseLong(text);
    }

    private static Instant time(String text) {
        require(TIME.matcher(text).matches(), "a time is YYYY-MM-DDThh:mm:ssZ");
        return Instant.parse(text);
    }

    @SuppressWarnings("NullAway") // the parser may say null for no prefix
    private static boolean isEmpty(String prefix) {
        return prefix == null || prefix.isEmpty();
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private static ParcelFault fault(String detail, @org.jspecify.annotations.Nullable Throwable cause) {
        return cause == null
                ? new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, NAME + ": " + detail)
                : new ParcelFault(ParcelFault.Kind.NOT_A_PARCEL, NAME + ": " + detail, cause);
    }

    private static void attribute(StringBuilder xml, String name, String value) {
        xml.append(' ').append(name).append("=\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '&' -> xml.append("&amp;");
                case '<' -> xml.append("&lt;");
                case '>' -> xml.append("&gt;");
                case '"' -> xml.append("&quot;");
                default -> xml.append(c);
            }
        }
        xml.append('"');
    }

    /** One a call: the JDK does not promise that one may be shared. */
    private static XMLInputFactory parsers() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        return factory;
    }
}
