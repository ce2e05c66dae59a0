package waybill.protocol;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The attributes of a packet by meaning; whatever is out of form is a {@link PacketFault} that names the attribute. */
final class Attributes {
    private static final Pattern VERSION = Pattern.compile("(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,3})");
    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9._-]{1,32}");

    private final Map<String, String> values;

    Attributes(Map<String, String> values) {
        this.values = values;
    }

    /** Whatever the minor version, the major one must be ours. */
    void majorVersion(int ours) throws PacketFault {
        int major = need("version", text -> {
            if (!VERSION.matcher(text).matches()) {
                throw new IllegalArgumentException("a version is MAJOR.MINOR");
            }
            return Integer.parseInt(text.substring(0, text.indexOf('.')));
        });
        if (major != ours) {
            throw new PacketFault(PacketFault.Kind.UNKNOWN_VERSION, "version");
        }
    }

    String type() throws PacketFault {
        return need("type", text -> {
            if (!TYPE.matcher(text).matches()) {
                throw new IllegalArgumentException("a type is a short word");
            }
            return text;
        });
    }

    TaskId id() throws PacketFault {
        return need("ID", TaskId::parse);
    }

    Packet.Method method() throws PacketFault {
        return need("method", text -> switch (text) {
            case "PUT" -> Packet.Method.PUT;
            case "GET" -> Packet.Method.GET;
            default -> throw new IllegalArgumentException("a method is PUT or GET");
        });
    }

    /** For the types that speak of one method alone. */
    void only(Packet.Method one) throws PacketFault {
        if (method() != one) {
            throw new PacketFault(PacketFault.Kind.BAD_VALUE, "method");
        }
    }

    BackendUrl backend() throws PacketFault {
        BackendUrl url = need("href", BackendUrl::parse);
        acceptProtocol(url.encrypted());
        return url;
    }

    /** A backend that publishes. */
    BackendUrl publisher() throws PacketFault {
        BackendUrl url = need("href", text -> FileUrl.publishing(BackendUrl.parse(text)));
        acceptProtocol(url.encrypted());
        return url;
    }

    FileUrl file() throws PacketFault {
        FileUrl url = need("href", FileUrl::parse);
        acceptProtocol(url.backend().encrypted());
        return url;
    }

    AliasUrl alias() throws PacketFault {
        AliasUrl url = need("href", AliasUrl::parse);
        acceptProtocol(url.encrypted());
        return url;
    }

    /** A number in its one canonical form: no sign, no leading zero, no space. */
    long number(String name, long least, long most) throws PacketFault {
        return need(name, text -> Forms.number(name, text, least, most));
    }

    Instant time(String name) throws PacketFault {
        return need(name, Forms::time);
    }

    /** A mandatory attribute. */
    <T> T need(String name, Function<String, T> form) throws PacketFault {
        String text = values.get(name);
        if (text == null) {
            throw new PacketFault(PacketFault.Kind.MISSING_ATTRIBUTE, name);
        }
        try {
            return form.apply(text);
        } catch (IllegalArgumentException e) {
            throw new PacketFault(PacketFault.Kind.BAD_VALUE, name);
        }
    }

    /** An attribute that may be left out. */
    <T> Optional<T> find(String name, Function<String, T> form) throws PacketFault {
        return values.containsKey(name) ? Optional.of(need(name, form)) : Optional.empty();
    }

    private void acceptProtocol(boolean encrypted) throws PacketFault {
        String scheme = need("acceptprotocol", text -> text);
        if (!scheme.equals(encrypted ? "https" : "http")) {
            throw new PacketFault(PacketFault.Kind.BAD_VALUE, "acceptprotocol");
        }
    }
}
