package waybill.cli.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The log: on standard error, quiet for short commands, one line an event for services, as JSON where asked. Found by
 * logback through the service loader, so that no file is parsed at start.
 */
public final class Logging extends ContextAwareBase implements Configurator {

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        start(context, Level.WARN, false);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Sets level and form for this process. */
    public static void use(String level, boolean json) {
        LogManager.getLogManager().reset();
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.reset();
            start(context, Level.toLevel(level, Level.INFO), json);
        }
    }

    private static void start(LoggerContext context, Level level, boolean json) {
        EncoderBase<ILoggingEvent> encoder;
        if (json) {
            JsonEncoder lines = new JsonEncoder();
            // one text, as it stands in the log for people, instead of a pattern and what belongs into it
            lines.setWithFormattedMessage(true);
            lines.setWithMessage(false);
            lines.setWithArguments(false);
            encoder = lines;
        } else {
            PatternLayoutEncoder pattern = new PatternLayoutEncoder();
            // %replace keeps a peer's words from forging a line of the log
            pattern.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %logger{0}: "
                    + "%replace(%msg){'[\\p{Cntrl}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]', '?'}%n%ex{6}");
            encoder = pattern;
        }
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(level);
        root.addAppender(appender);
        // Helidon says at INFO what every start says; its warnings stay
        if (level.isGreaterOrEqual(Level.DEBUG)) {
            context.getLogger("io.helidon").setLevel(Level.WARN);
        }
        // An address that cannot be listened on: it says so with a page of its own code, and we say it in a line.
        if (level.isGreaterOrEqual(Level.INFO)) {
            context.getLogger("io.helidon.webserver.LoomServer").setLevel(Level.OFF);
        }
    }
}
