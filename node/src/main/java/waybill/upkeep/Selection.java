package waybill.upkeep;

import java.util.List;
import waybill.protocol.CatalogueList;
import waybill.protocol.FileName;

/** Which of a backend's files are wanted: all, or those of certain names and folders. Immutable. */
public record Selection(List<String> names) {
    /** All there are. */
    public static final Selection ALL = new Selection(List.of());

    /**
     * These; none stands for all.
     *
     * @param names of files, or of folders with a {@code /} at their end
     * @throws IllegalArgumentException if one of them can be no such name
     */
    public Selection {
        names = List.copyOf(names);
        for (String name : names) {
            var _ = new FileName(name.endsWith("/") ? name.substring(0, name.length() - 1) : name);
        }
    }

    /** Whether a file is wanted. */
    boolean takes(FileName file) {
        return names.isEmpty() || names.stream().anyMatch(name -> matches(name, file));
    }

    /** The names for which nothing is published. */
    List<String> missing(CatalogueList list) {
        return names.stream()
                .filter(name -> list.entries().stream().noneMatch(entry -> matches(name, entry.name())))
                .toList();
    }

    private static boolean matches(String name, FileName file) {
        return name.endsWith("/") ? file.text().startsWith(name) : file.text().equals(name);
    }
}
