package waybill.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import waybill.cli.command.BackendCommand;
import waybill.cli.command.BlacklistCommand;
import waybill.cli.command.ExportCommand;
import waybill.cli.command.FetchCommand;
import waybill.cli.command.ImportCommand;
import waybill.cli.command.MirrorCommand;
import waybill.cli.command.OpenCommand;
import waybill.cli.command.PublishCommand;
import waybill.cli.command.ReceiptsCommand;
import waybill.cli.command.RelayCommand;
import waybill.cli.command.RelaysCommand;
import waybill.cli.command.SendCommand;
import waybill.cli.command.UpdateCommand;
import waybill.cli.command.VerifyCommand;
import waybill.cli.demo.DemoCommand;
import waybill.cli.demo.LiarCommand;

/** {@code waybill} itself: the list of commands. */
@Command(
        name = "waybill",
        description = "Recorded delivery for machines that cannot reach the internet.",
        subcommands = {
            DemoCommand.class,
            SendCommand.class,
            ReceiptsCommand.class,
            FetchCommand.class,
            UpdateCommand.class,
            MirrorCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            VerifyCommand.class,
            OpenCommand.class,
            RelaysCommand.class,
            BlacklistCommand.class,
            RelayCommand.class,
            BackendCommand.class,
            PublishCommand.class,
            LiarCommand.class,
            HelpCommand.class,
            AutoComplete.GenerateCompletion.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = WaybillCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Example:",
            "  waybill demo",
            "  waybill send crash.dmp --to https://backend.example/inbox --trust anchor.pem",
            "",
            "Exit codes: 0 delivered or done, 1 failure inside, 2 usage or configuration, 3 refused by the",
            "backend, 4 not decided in time, 5 not verified, 6 local files or disk, 130 interrupted. After 4",
            "and 130 what was sealed is kept in the outbox; where nothing was sealed yet, 'send' says so.",
            "",
            "Every option can also come from the environment (WAYBILL_TO for --to) or from",
            "~/.config/waybill/waybill.conf (to = https://...); a flag goes before both.",
            "",
            "With --json the last line says in 'outcome' and 'exit' how the command ended."
        })
final class WaybillCommand {

    /** The version the distribution was built as. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = WaybillCommand.class.getPackage().getImplementationVersion();
            return new String[] {"waybill " + (version == null ? "(development)" : version) + ", protocol 1.0"};
        }
    }
}
