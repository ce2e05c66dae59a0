package waybill.upkeep;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;
import waybill.protocol.Packet;
import waybill.protocol.Sha256;

/**
 * One file of the folder, as a catalogue that verified says. Immutable.
 *
 * @param release the number of the publication that says so
 * @param published when these bytes were first published, by the publisher's clock
 * @param signed when that publication was made
 * @param expires until when it holds
 */
public record Item(
        FileName name, long size, Sha256 sha256, long release, Instant published, Instant signed, Instant expires) {
    private static final int FIELDS = 7;

    /** How much the publisher's word on a file is still worth. */
    public enum Standing {
        /** It holds. */
        HOLDS,
        /** It ends soon: two thirds of its time have passed, and a backend publishes again before half of it has. */
        ENDING,
        /** It holds no longer: nobody says that these are the bytes to have. */
        EXPIRED
    }

    static Item of(CatalogueList.Entry entry, Packet.Catalogue catalogue) {
        return new Item(
                entry.name(),
                entry.size(),
                entry.sha256(),
                entry.release(),
                entry.published(),
                catalogue.published(),
                entry.expires());
    }

    /** How it stands at this time. */
    public Standing standing(Instant now) {
        if (!now.isBefore(expires)) {
            return Standing.EXPIRED;
        }
        return now.isBefore(expires.minus(Duration.between(signed, expires).dividedBy(3)))
                ? Standing.HOLDS
                : Standing.ENDING;
    }

    /** Since when its bytes are published; zero for a clock that is behind the publisher's. */
    public Duration age(Instant now) {
        return now.isAfter(published) ? Duration.between(published, now) : Duration.ZERO;
    }

    String line() {
        return String.join(
                " ",
                name.text(),
                Long.toString(size),
                sha256.hex(),
                Long.toString(release),
                published.toString(),
                signed.toString(),
                expires.toString());
    }

    /** @throws IllegalArgumentException if it is no line of an item's */
    static Item parse(String line) {
        String[] fields = line.split(" ", FIELDS + 1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("an item has " + FIELDS + " fields");
        }
        try {
            return new Item(
                    new FileName(fields[0]),
                    Long.parseLong(fields[1]),
                    new Sha256(fields[2]),
                    Long.parseLong(fields[3]),
                    Instant.parse(fields[4]),
                    Instant.parse(fields[5]),
                    Instant.parse(fields[6]));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
