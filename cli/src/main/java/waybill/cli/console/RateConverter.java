package waybill.cli.console;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads bytes a second: {@code 500K}, {@code 500KiB/s}, {@code 2M/s}. */
public final class RateConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        try {
            return new BytesConverter().convert(text.endsWith("/s") ? text.substring(0, text.length() - 2) : text);
        } catch (TypeConversionException e) {
            throw new TypeConversionException("'" + Text.foreign(text) + "' is not a rate like 500K or 2MiB/s");
        }
    }
}
