package waybill.upkeep;

import java.util.List;
import java.util.Optional;
import waybill.protocol.FileName;
import waybill.protocol.Packet;
import waybill.update.FetchResult;
import waybill.update.FetchResult.Outcome;

/**
 * What came of one round. Immutable.
 *
 * @param outcome the worst there was, in the order of {@link Outcome}; FETCHED if something changed
 * @param detail what stood in the way, for people; empty where all is well
 * @param catalogue what is published, where that is known
 * @param files what became of each that is wanted
 * @param there what the folder holds as it was published at some time, whatever became of this round
 * @param missing names that were asked for and are not published
 * @param withdrawn what is published no longer; the files stay, and nobody looks after them
 * @param told how the command ended, if it was to run
 */
public record Round(
        Outcome outcome,
        String detail,
        Optional<Packet.Catalogue> catalogue,
        List<FetchResult> files,
        List<Item> there,
        List<String> missing,
        List<FileName> withdrawn,
        Optional<Told> told) {
    /**
     * How the command after a change ended.
     *
     * @param items what it was told of
     */
    public record Told(List<Item> items, LocalCommand.Ended ended) {}

    /** Whether the folder is as published, and the command knows. */
    public boolean good() {
        return (outcome == Outcome.FETCHED || outcome == Outcome.CURRENT)
                && told.map(one -> one.ended().ok()).orElse(true);
    }
}
