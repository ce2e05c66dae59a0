package waybill.cli.command;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.cli.console.Reason;
import waybill.cli.console.Text;
import waybill.parcel.AgeKeys;
import waybill.parcel.Manifest;
import waybill.parcel.Parcel;
import waybill.parcel.ParcelFault;
import waybill.store.Unpacking;

/** {@code waybill open}. */
@Command(
        name = "open",
        description =
                "Open a parcel: check every file against its waybill.xml and lay them out as 'age -d | tar x' does.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  waybill open 019a8c1e.age --identity identity.txt -C arrivals/019a8c1e",
            "",
            "Nothing is replaced; nothing appears unless the whole parcel is in order (else exit code 5)."
        })
public final class OpenCommand implements Callable<Integer> {
    private static final int MAX_IDENTITY = 1 << 16;

    @Parameters(paramLabel = "PARCEL", description = "The sealed parcel.")
    @SuppressWarnings("NullAway.Init") // required
    private Path parcel;

    @Option(
            names = "--identity",
            required = true,
            paramLabel = "KEY",
            description = "A file with an age identity, as age-keygen writes it; may be repeated.")
    private List<Path> identities = new ArrayList<>();

    @Option(
            names = {"-C", "--directory"},
            required = true,
            paramLabel = "DIR",
            description = "Where files/ and waybill.xml go.")
    @SuppressWarnings("NullAway.Init") // required
    private Path directory;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Console console = output.console();
        List<String> keys = identities.stream().map(OpenCommand::key).toList();
        try (FileChannel sealed = open();
                Unpacking unpacking = Unpacking.into(directory)) {
            Parcel.Summary summary = Parcel.open(sealed, keys, unpacking);
            unpacking.commit(summary.xml());
            show(console, summary, unpacking.files());
            return ExitCode.OK;
        } catch (ParcelFault e) {
            throw new CliException(
                    ExitCode.NOT_VERIFIED,
                    "not opened: " + e.kind() + ": " + Text.foreign(String.valueOf(e.getMessage())),
                    e.kind() == ParcelFault.Kind.NOT_FOR_US ? "is --identity the backend's?" : "nothing was written",
                    e);
        } catch (FileAlreadyExistsException e) {
            throw CliException.io(
                    Text.foreign(String.valueOf(e.getFile())) + " is there already",
                    "nothing is replaced: name another directory",
                    e);
        } catch (IOException e) {
            throw CliException.io(
                    Text.foreign(directory.toString()) + " cannot be written: " + Reason.of(e, directory),
                    "is the disk full?",
                    e);
        }
    }

    private FileChannel open() {
        try {
            return FileChannel.open(parcel, StandardOpenOption.READ);
        } catch (IOException e) {
            throw Reason.unreadable(parcel, e);
        }
    }

    private static String key(Path file) {
        try {
            if (Files.size(file) > MAX_IDENTITY) {
                throw CliException.usage(file + " is too large for an identity", "it is a file of age-keygen");
            }
            return AgeKeys.parse(Files.readString(file)).identity();
        } catch (ParcelFault e) {
            throw new CliException(
                    ExitCode.USAGE, file + " holds no age identity", "it has a line AGE-SECRET-KEY-1...", e);
        } catch (IOException e) {
            throw Reason.unreadable(file, e);
        }
    }

    private static void show(Console console, Parcel.Summary summary, Path files) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Manifest.Item item : summary.manifest().files()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", item.name());
            row.put("size", item.size());
            row.put("sha256", item.sha256().hex());
            rows.add(row);
            console.result(
                    item.sha256() + "  " + Text.bytes(item.size()) + "  " + files + "/" + Text.foreign(item.name()));
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("task", summary.manifest().id().toString());
        object.put("sender", summary.manifest().sender());
        object.put("contents", summary.contents().hex());
        object.put("files", rows);
        console.end("opened", ExitCode.OK, object);
    }
}
