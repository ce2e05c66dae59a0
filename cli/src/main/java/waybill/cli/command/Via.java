package waybill.cli.command;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import waybill.cli.console.Text;
import waybill.relay.RelayConfig;
import waybill.requester.RequesterConfig;

/** The ways of {@code --via}, as they are typed. */
final class Via {
    /** How help shows them. */
    static final String LABEL = "auto|direct|lan";

    private static final List<String> WORDS = List.of("auto", "direct", "lan");

    private Via() {}

    /** For completion. */
    static final class Words extends java.util.ArrayList<String> {
        private static final long serialVersionUID = 1;

        Words() {
            super(WORDS);
        }
    }

    /** A sender's. */
    static final class OfSender implements ITypeConverter<RequesterConfig.Via> {
        @Override
        public RequesterConfig.Via convert(String text) {
            return RequesterConfig.Via.valueOf(name(text));
        }
    }

    /** A relay's. */
    static final class OfRelay implements ITypeConverter<RelayConfig.Via> {
        @Override
        public RelayConfig.Via convert(String text) {
            return RelayConfig.Via.valueOf(name(text));
        }
    }

    private static String name(String text) {
        if (!WORDS.contains(text.toLowerCase(Locale.ROOT))) {
            throw new TypeConversionException("'" + Text.foreign(text) + "' is none of auto, direct and lan");
        }
        return text.toUpperCase(Locale.ROOT);
    }
}
