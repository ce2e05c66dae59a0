package waybill.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import waybill.cli.console.CliException;
import waybill.cli.console.Console;
import waybill.cli.console.ExitCode;
import waybill.protocol.Sha256;
import waybill.protocol.TaskId;
import waybill.requester.Decision;
import waybill.requester.Journey;

/** What is said of what is kept when there was no decision. */
final class KeptTest {
    private static final TaskId ID = TaskId.parse("019a8c1e-0000-7000-8000-000000000001");

    private final StringWriter err = new StringWriter();
    private final Console console =
            new Console(new PrintWriter(new StringWriter()), new PrintWriter(err), false, false);

    @Test
    void withoutAProfileNothingIsKeptAndItIsSaid() {
        Decision none = new Decision.Expired(ID, Decision.Reason.NO_PROFILE, false, "");
        assertThat(DecisionView.print(none, console)).isEqualTo(ExitCode.EXPIRED);
        assertThat(err.toString()).contains("nothing could be sealed").contains("nothing is kept: send it again");
        assertThat(DecisionView.json(none, new JourneyView(console, false))).containsEntry("kept", false);
    }

    @Test
    void whatWasSealedIsKeptAndItIsSaid() {
        Decision late = new Decision.Expired(ID, Decision.Reason.ALL_LATE, true, "");
        assertThat(DecisionView.print(late, console)).isEqualTo(ExitCode.EXPIRED);
        assertThat(err.toString()).contains("it is kept").doesNotContain("nothing is kept");
    }

    @Test
    void anInterruptSaysWhetherSomethingWasSealedBefore() {
        JourneyView view = new JourneyView(console, false);
        assertThat(interrupted(view).hint()).isEqualTo("nothing is kept: send it again");
        assertThat(Console.ended(interrupted(view)))
                .containsEntry("outcome", "interrupted")
                .containsEntry("kept", false)
                .containsEntry("exit", 130);

        Sha256 digest = Sha256.of(new byte[0]);
        view.reached(new Journey.Step.Sealed(ID, 1, 100, digest, digest));
        assertThat(interrupted(view).hint()).contains("is kept in the outbox");
        assertThat(Console.ended(interrupted(view))).containsEntry("kept", true);
    }

    private static CliException interrupted(JourneyView view) {
        CliException said = Interruption.explained(new InterruptedException(), view.sealed());
        assertThat(said.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
        return said;
    }
}
