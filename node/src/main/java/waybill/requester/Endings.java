package waybill.requester;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Problem;
import waybill.protocol.TaskId;
import waybill.requester.outbox.Carrier;
import waybill.requester.outbox.Outbox;
import waybill.requester.outbox.OutboxTask;
import waybill.signature.Signed;
import waybill.store.DurableFiles;

/**
 * Keeps what a task ended in: {@code STEM.receipt}, {@code STEM.refusal} or {@code STEM.label}, with
 * {@code STEM.waybill.xml} beside it where it is at hand. Durable before the task leaves the outbox; done again after a
 * crash it writes the same files.
 */
final class Endings {
    private final Path stem;
    private final Memory memory;

    private Endings(Path stem, Memory memory) {
        this.stem = stem;
        this.memory = memory;
    }

    /** In the receipts directory, by the task's ID. */
    static Endings in(Path receipts, TaskId id, Memory memory) {
        return new Endings(receipts.resolve(id.toString()), memory);
    }

    /** In files of this name, each with its own ending. */
    static Endings at(Path stem, Memory memory) {
        return new Endings(stem, memory);
    }

    Decision.Delivered delivered(
            OutboxTask task, Outbox.Held held, Carrier carrier, byte[] cms, Signed<Packet.Receipt> signed)
            throws IOException {
        Optional<Path> waybill = waybill(held);
        Path receipt = file(".receipt");
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
        waybill(held);
        Path refusal = file(".refusal");
        DurableFiles.write(refusal, cms, false);
        return new Decision.Refused(
                task.id(), Optional.of(problem), Optional.of(signed), Optional.of(refusal), problem.code());
    }

    /** What is left of a delivery that was handed over one way (section 9.4). */
    Decision.Unproven unproven(OutboxTask task, Outbox.Held held) throws IOException {
        Optional<Path> waybill = waybill(held);
        Path label = file(".label");
        DurableFiles.write(label, PacketCodec.encode(task.label()), false);
        return new Decision.Unproven(task.id(), label, waybill);
    }

    private Optional<Path> waybill(Outbox.Held held) throws IOException {
        DurableFiles.directory(DurableFiles.parentOf(stem), false);
        Path waybill = file(".waybill.xml");
        // Durable with what comes beside it.
        return held.waybill(waybill) ? Optional.of(waybill) : Optional.empty();
    }

    private Path file(String ending) {
        return stem.resolveSibling(stem.getFileName() + ending);
    }
}
