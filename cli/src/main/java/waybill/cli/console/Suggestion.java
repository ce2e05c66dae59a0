package waybill.cli.console;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What somebody may have meant who mistyped a word. Pure. */
public final class Suggestion {
    private Suggestion() {}

    /** A question with the nearest of the known words; nothing if none is near. */
    public static Optional<String> of(String typed, Collection<String> known) {
        // Words are short: more than a third of one mistyped is another word.
        int near = Math.max(1, typed.replaceFirst("^-+", "").length() / 3);
        return known.stream()
                .filter(word -> Math.abs(word.length() - typed.length()) <= near && distance(typed, word) <= near)
                .min(Comparator.comparingInt(word -> distance(typed, word)))
                .map(word -> "did you mean '" + word + "'?");
    }

    /** How many letters are to be added, taken out, changed, or swapped with the next (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
