package waybill.update.share;

import java.util.HashMap;
import java.util.Map;
import waybill.protocol.BackendUrl;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileUrl;
import waybill.protocol.Pieces;
import waybill.protocol.Sha256;
import waybill.update.Vetting;
import waybill.update.Wanted;

/** What a catalogue lists, by its digest: there is nothing else that a relay gives. Immutable. */
record Listed(Vetting.Catalogue catalogue, Map<Sha256, Item> contents) {
    /** One content. */
    sealed interface Item {
        /** A file's bytes. */
        record File(Wanted wanted) implements Item {}

        /** A list, of files or of piece hashes, and where what it is about is published. */
        record Small(int size, String href) implements Item {}
    }

    /** @throws IllegalArgumentException if a name does not fit the backend's URL */
    static Listed of(Vetting.Catalogue catalogue, BackendUrl backend) {
        Map<Sha256, Item> contents = new HashMap<>();
        contents.put(
                catalogue.packet().sha256(),
                new Item.Small((int) catalogue.packet().size(), backend.toString()));
        for (CatalogueList.Entry entry : catalogue.list().entries()) {
            Wanted wanted = Wanted.of(FileUrl.of(backend, entry.name()), entry);
            String href = wanted.file().toString();
            contents.put(entry.pieces(), new Item.Small(Pieces.listSize(entry.size()), href));
            contents.put(entry.sha256(), new Item.File(wanted));
        }
        return new Listed(catalogue, Map.copyOf(contents));
    }
}
