package waybill.cli.console;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads bytes: {@code 4096}, {@code 64K}, {@code 500M}, {@code 20G}, {@code 1T}, all powers of 1024. */
public final class BytesConverter implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12})([KMGT]?)(i?B)?");

    @Override
    public Long convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + Text.foreign(text) + "' is not a size like 4096, 64K, 500M or 20G");
        }
        int power =
                switch (matcher.group(2)) {
                    case "K" -> 10;
                    case "M" -> 20;
                    case "G" -> 30;
                    case "T" -> 40;
                    default -> 0;
                };
        long amount = Long.parseLong(matcher.group(1));
        if (amount > Long.MAX_VALUE >> power) {
            throw new TypeConversionException("'" + text + "' is too large");
        }
        return amount << power;
    }
}
