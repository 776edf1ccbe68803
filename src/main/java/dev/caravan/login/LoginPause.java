package dev.caravan.login;

import java.time.Duration;
import java.time.Instant;

/**
 * The pause of a smart host whose login was refused: after each refusal a longer one, and after a pause one attempt, the
 * probe, decides for all. Immutable.
 *
 * @param since the first refusal.
 * @param from when this pause began.
 * @param until when the probe may start.
 * @param refusals in a row; at least 1.
 * @param reason for people.
 * @param isProbing whether the probe runs.
 */
record LoginPause(Instant since, Instant from, Instant until, int refusals, String reason, boolean isProbing) {
    /** The first pause; each further one is twice as long. */
    static final Duration FIRST = Duration.ofMinutes(1);
    /** The longest pause. */
    static final Duration LONGEST = Duration.ofMinutes(15);

    private static final int DOUBLINGS = 10;

    static LoginPause first(Instant now, String reason) {
        return new LoginPause(now, now, now.plus(FIRST), 1, reason, false);
    }

    /** The pause after another refusal. */
    LoginPause again(Instant now, String why) {
        Duration doubled = FIRST.multipliedBy(1L << Math.min(DOUBLINGS, refusals));
        Duration next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        return new LoginPause(since, now, now.plus(next), refusals + 1, why, false);
    }

    /**
     * Whether the probe may start, or another one since the first takes long; a clock that was set back does not prolong
     * the pause.
     */
    boolean isOver(Instant now) {
        Instant from = isProbing ? until.plus(LONGEST) : until;
        return !now.isBefore(from) || now.plus(LONGEST).plus(LONGEST).isBefore(from);
    }

    LoginPause probing(boolean isRunning) {
        return new LoginPause(since, from, until, refusals, reason, isRunning);
    }

    /** The same, over. */
    LoginPause over(Instant now) {
        return new LoginPause(since, from, now, refusals, reason, isProbing);
    }
}
