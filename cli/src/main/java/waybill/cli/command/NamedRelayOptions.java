package waybill.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import waybill.cli.console.Text;
import waybill.discovery.NamedRelay;

/** Relays that are asked by unicast. */
final class NamedRelayOptions {
    @Option(
            names = "--relay",
            paramLabel = "HOST:PORT[#NODE]",
            split = ",",
            converter = Converter.class,
            description = "Ask this relay by unicast too, wherever it is; with #NODE only that node; may be repeated.")
    private List<NamedRelay> relays = new ArrayList<>();

    List<NamedRelay> relays() {
        return List.copyOf(relays);
    }

    static final class Converter implements ITypeConverter<NamedRelay> {
        @Override
        public NamedRelay convert(String text) {
            try {
                return NamedRelay.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + Text.foreign(text) + "': " + e.getMessage());
            }
        }
    }
}
