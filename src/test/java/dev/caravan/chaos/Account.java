package dev.caravan.chaos;

import java.util.List;

/**
 * The end of a round.
 *
 * @param tally the numbers.
 * @param faults one line for each mail lost or doubled without excuse, and for all that must never be seen.
 */
public record Account(Tally tally, List<String> faults) {
    private static final int MOST_SHOWN = 10;

    /** Nothing was lost, doubled without excuse, or seen that must not be. */
    public boolean isSound() {
        return tally.isSound() && faults.isEmpty();
    }

    @Override
    public String toString() {
        return tally + "\n" + faults.size() + " faults:\n"
                + String.join("\n", faults.subList(0, Math.min(MOST_SHOWN, faults.size())));
    }
}
