package waybill.protocol;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The XML of a packet (section 1): from bytes to the attributes of one empty {@code service} element. What the attributes
 * say is {@link PacketCodec}'s matter. The JDK's own parser does the work, with everything off that reaches out or grows.
 */
final class PacketXml {
    private static final Pattern TAG = Pattern.compile("<[^\\s<>/!?=\"']++(?=[\\s/>])");
    private static final Pattern ATTRIBUTE =
            Pattern.compile("\\G\\s++([^\\s<>/=\"']++)\\s*+=\\s*+(?:\"[^\"<]*+\"|'[^'<]*+')");

    private PacketXml() {}

    /** Reads the attributes, in the order written. The caller has bounded the bytes. */
    static Map<String, String> read(byte[] bytes) throws PacketFault {
        String text = utf8(bytes);
        try {
            XMLStreamReader reader = factory().createXMLStreamReader(new StringReader(text));
            declaration(reader);
            prolog(reader);
            Map<String, String> attributes = element(reader);
            end(reader);
            return attributes;
        } catch (MissingResourceException e) {
            // How the JDK's parser ends with a control character in a DTD: it lacks the words to complain of it.
            throw new PacketFault(PacketFault.Kind.DTD);
        } catch (XMLStreamException e) {
            throw new PacketFault(namesTwice(text) ? PacketFault.Kind.DUPLICATE_ATTRIBUTE : PacketFault.Kind.NOT_XML);
        }
    }

    private static String utf8(byte[] bytes) throws PacketFault {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new PacketFault(PacketFault.Kind.NOT_UTF8);
        }
        if (text.startsWith("\ufeff")) {
            // A packet needs no mark of its byte order; one way to write it is enough.
            throw new PacketFault(PacketFault.Kind.NOT_UTF8);
        }
        return text;
    }

    /** A factory a call: it costs some microseconds, and the JDK does not promise that one may be shared. */
    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        // The JDK's limits on counts and names change with its version; a packet is bounded by its bytes already.
        factory.setProperty("jdk.xml.elementAttributeLimit", "0");
        factory.setProperty("jdk.xml.maxXMLNameLimit", "0");
        return factory;
    }

    private static void declaration(XMLStreamReader reader) throws PacketFault {
        String version = reader.getVersion();
        if (version != null && !version.equals("1.0")) {
            throw new PacketFault(PacketFault.Kind.NOT_XML);
        }
        String encoding = reader.getCharacterEncodingScheme();
        if (encoding != null && !encoding.equalsIgnoreCase("UTF-8")) {
            throw new PacketFault(PacketFault.Kind.NOT_UTF8);
        }
    }

    private static void prolog(XMLStreamReader reader) throws XMLStreamException, PacketFault {
        while (reader.next() != XMLStreamConstants.START_ELEMENT) {
            outside(reader.getEventType());
        }
    }

    private static Map<String, String> element(XMLStreamReader reader) throws XMLStreamException, PacketFault {
        if (!"service".equals(name(reader.getPrefix(), reader.getLocalName()))) {
            throw new PacketFault(PacketFault.Kind.NOT_SERVICE);
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            String name = name(reader.getAttributePrefix(i), reader.getAttributeLocalName(i));
            if (name.equals("xmlns") || name.indexOf(':') >= 0) {
                throw new PacketFault(PacketFault.Kind.NOT_SERVICE, name);
            }
            attributes.put(name, reader.getAttributeValue(i));
        }
        switch (reader.next()) {
            case XMLStreamConstants.END_ELEMENT -> {}
            case XMLStreamConstants.COMMENT -> throw new PacketFault(PacketFault.Kind.COMMENT);
            case XMLStreamConstants.PROCESSING_INSTRUCTION ->
                throw new PacketFault(PacketFault.Kind.PROCESSING_INSTRUCTION);
            default -> throw new PacketFault(PacketFault.Kind.NOT_EMPTY);
        }
        return Collections.unmodifiableMap(attributes);
    }

    private static void end(XMLStreamReader reader) throws XMLStreamException, PacketFault {
        while (reader.next() != XMLStreamConstants.END_DOCUMENT) {
            outside(reader.getEventType());
        }
    }

    /** What may stand before and after the element: white space alone. */
    private static void outside(int event) throws PacketFault {
        switch (event) {
            case XMLStreamConstants.SPACE -> {}
            case XMLStreamConstants.DTD -> throw new PacketFault(PacketFault.Kind.DTD);
            case XMLStreamConstants.PROCESSING_INSTRUCTION ->
                throw new PacketFault(PacketFault.Kind.PROCESSING_INSTRUCTION);
            case XMLStreamConstants.COMMENT -> throw new PacketFault(PacketFault.Kind.COMMENT);
            default -> throw new PacketFault(PacketFault.Kind.NOT_XML);
        }
    }

    /** The name as it was written: without namespaces the parser still hands out prefixes apart. */
    private static String name(String prefix, String local) {
        return prefix == null || prefix.isEmpty() ? local : prefix + ":" + local;
    }

    /**
     * Whether the first tag of a text that the parser refused names an attribute twice. The parser says so in prose only;
     * this decides between two words for a refusal, never whether there is one.
     */
    private static boolean namesTwice(String text) {
        Matcher tag = TAG.matcher(text);
        if (!tag.find()) {
            return false;
        }
        Set<String> names = new HashSet<>();
        Matcher attribute = ATTRIBUTE.matcher(text).region(tag.end(), text.length());
        while (attribute.find()) {
            if (!names.add(attribute.group(1))) {
                return true;
            }
        }
        return false;
    }
}
