package waybill.requester;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import waybill.protocol.Packet;
import waybill.protocol.Problem;
import waybill.signature.Signed;
import waybill.store.DurableFiles;

/**
 * Keeps what a task ended in: {@code ID.receipt} or {@code ID.refusal}, with {@code ID.waybill.xml} beside it, in the
 * receipts directory. Durable before the task leaves the outbox; done again after a crash it writes the same files.
 */
final class Endings {
    private final Path receipts;
    private final Memory memory;

    Endings(Path receipts, Memory memory) {
        this.receipts = receipts;
        this.memory = memory;
    }

    Decision.Delivered delivered(
            OutboxTask task, Outbox.Held held, Carrier carrier, byte[] cms, Signed<Packet.Receipt> signed)
            throws IOException {
        Path waybill = waybill(task, held);
        Path receipt = receipts.resolve(task.id() + ".receipt");
        DurableFiles.write(receipt, cms, false);
        return new Decision.Delivered(task.id(), receipt, waybill, signed, carrier);
    }

    Decision.Refused refused(OutboxTask task, Outbox.Held held, byte[] cms, Signed<Packet.Refusal> signed)
            throws IOException {
        Problem problem = signed.packet().problem();
        if (problem == Problem.UNKNOWN_RECIPIENT || problem == Problem.CANNOT_OPEN) {
            // The backend has another key by now: the next task must not be sealed to the old one.
            memory.backends().forgetProfile(task.backend(), memory.anchors());
        }
        waybill(task, held);
        Path refusal = receipts.resolve(task.id() + ".refusal");
        DurableFiles.write(refusal, cms, false);
        return new Decision.Refused(
                task.id(), Optional.of(problem), Optional.of(signed), Optional.of(refusal), problem.code());
    }

    private Path waybill(OutboxTask task, Outbox.Held held) throws IOException {
        DurableFiles.directory(receipts, false);
        Path waybill = receipts.resolve(task.id() + ".waybill.xml");
        DurableFiles.write(waybill, held.waybill(), true);
        return waybill;
    }
}
