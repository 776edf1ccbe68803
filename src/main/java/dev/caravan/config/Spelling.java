package dev.caravan.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that was meant by a misspelt one. */
public final class Spelling {
    private static final int MOST_EDITS = 2;
    private static final int SHORTEST = 4;

    private Spelling() {}

    /** The one of some names that is nearest to a word, at most two edits away; case does not matter. */
    public static Optional<String> nearest(String word, Collection<String> names) {
        if (word.length() < SHORTEST) {
            return Optional.empty();
        }
        return names.stream()
                .filter(name -> edits(word, name) <= MOST_EDITS)
                .min(Comparator.comparingInt((String name) -> edits(word, name))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** The number of letters that are missing, added, replaced, or exchanged with their neighbours. */
    private static int edits(String word, String name) {
        String a = word.toLowerCase(Locale.ROOT);
        String b = name.toLowerCase(Locale.ROOT);
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : least(edits, a, b, i, j);
            }
        }
        return edits[a.length()][b.length()];
    }

    private static int least(int[][] edits, String a, String b, int i, int j) {
        int replaced = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replaced, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        boolean isExchanged =
                i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return isExchanged ? Math.min(least, 1 + edits[i - 2][j - 2]) : least;
    }
}
