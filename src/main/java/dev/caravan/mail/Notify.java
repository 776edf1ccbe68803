package dev.caravan.mail;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * When a sender wants a report about a recipient (RFC 3461 §4.1).
 *
 * @param asked the conditions that were asked for; an empty set is NEVER; empty if NOTIFY was not given.
 */
public record Notify(Optional<Set<Condition>> asked) {
    /** What may be reported. */
    public enum Condition {
        SUCCESS,
        FAILURE,
        DELAY
    }

    /** NOTIFY was not given: failures are reported, and delays too. */
    public static final Notify DEFAULT = new Notify(Optional.empty());
    /** NOTIFY=NEVER. */
    public static final Notify NEVER = new Notify(Optional.of(Set.of()));

    public Notify {
        asked = asked.map(Set::copyOf);
    }

    public static Notify of(Condition first, Condition... rest) {
        return new Notify(Optional.of(EnumSet.of(first, rest)));
    }

    /** Whether NOTIFY=NEVER was given. */
    public boolean isNever() {
        return asked.isPresent() && asked.get().isEmpty();
    }

    /** Whether the condition is to be reported; without NOTIFY that is failure and delay. */
    public boolean wants(Condition condition) {
        return asked.map(set -> set.contains(condition)).orElse(condition != Condition.SUCCESS);
    }
}
