package dev.caravan.chaos;

import java.util.Random;

/**
 * Runs one case for {@code -Dchaos.rounds} rounds (20), writes the numbers of each into the {@link RoundFile}, and fails
 * when a mail was lost or doubled without excuse. The seed of a round is in that file; {@code -Dchaos.seed=N} begins
 * with that one.
 */
final class Rounds {
    private static final int COUNT = Integer.getInteger("chaos.rounds", 20);

    /** One round: hurts the server, lets it recover, and writes down what everybody saw. */
    interface Round {
        /**
         * Runs.
         *
         * @param ledger is new.
         * @param random decides all that is left to chance.
         * @param id begins the id of each mail of this round.
         */
        void run(Ledger ledger, Random random, String id) throws Exception;
    }

    private Rounds() {}

    /** Runs all rounds of the case of that name. */
    static void run(String name, Round round) throws Exception {
        long first = Long.getLong("chaos.seed", System.currentTimeMillis());
        for (int i = 0; i < COUNT; i++) {
            long seed = first + i;
            Ledger ledger = new Ledger();
            try {
                round.run(ledger, new Random(seed), name + "." + seed);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(name + ", seed " + seed + ": " + ledger.account(), e);
            }
            Account account = ledger.account();
            RoundFile.standard().add(name, seed, account.tally());
            if (!account.isSound()) {
                throw new AssertionError(name + ", seed " + seed + ": " + account);
            }
        }
    }
}
