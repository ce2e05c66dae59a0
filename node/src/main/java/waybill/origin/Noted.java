package waybill.origin;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import waybill.hop.GivenFile;
import waybill.hop.OriginClient;
import waybill.hop.Validators;

/**
 * What is noted of a copy beside its bytes. Immutable.
 *
 * @param validators as they came with it
 * @param mediaType as it came, checked
 * @param taken when it was taken in here
 */
record Noted(Validators validators, String mediaType, Instant taken) {
    private static final String TAG = "tag";
    private static final String MODIFIED = "modified";
    private static final String TYPE = "type";
    private static final String TAKEN = "taken";

    static Noted of(OriginClient.Head head, Instant now) {
        return new Noted(head.validators(), head.mediaType(), now);
    }

    /** Reads what {@link #notes} wrote; what is missing or cannot be read is as if it had not been said. */
    static Noted of(Map<String, String> notes) {
        Instant taken;
        try {
            taken = Instant.ofEpochSecond(Long.parseLong(notes.getOrDefault(TAKEN, "0")));
        } catch (NumberFormatException | java.time.DateTimeException e) {
            taken = Instant.EPOCH;
        }
        return new Noted(
                new Validators(Optional.ofNullable(notes.get(TAG)), Optional.ofNullable(notes.get(MODIFIED))),
                notes.getOrDefault(TYPE, GivenFile.BYTES),
                taken);
    }

    Map<String, String> notes() {
        Map<String, String> notes = new LinkedHashMap<>();
        validators.tag().ifPresent(tag -> notes.put(TAG, tag));
        validators.modified().ifPresent(date -> notes.put(MODIFIED, date));
        notes.put(TYPE, mediaType);
        notes.put(TAKEN, Long.toString(taken.getEpochSecond()));
        return notes;
    }
}
