package dev.caravan.admin;

import dev.caravan.queue.QueueState;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The commands that change queued mail. From each constant follow the server's path {@code POST /queue/WORD} and the
 * command {@code caravan queue WORD} with its options; {@code docs/queue.md} describes them.
 */
public enum QueueVerb {
    FLUSH(
            "flushed",
            Set.of(QueueState.DEFERRED),
            "Have deferred mail tried now.",
            "all deferred mail",
            Optional.empty()),
    REMOVE(
            "removed",
            QueueState.UNFINISHED,
            "Take mail out of the queues for good. Its sender is not told. A mail with recipients that do not"
                    + " fit --to or --domain stays.",
            "all mail of the states, which are all but bounced if none is given",
            Optional.of("this may be much mail, which cannot be brought back")),
    HOLD(
            "held",
            Set.of(QueueState.LATER, QueueState.DEFERRED, QueueState.ACTIVE, QueueState.PARKED),
            "Hold mail that is not delivered yet: it stays in the queues until it is released. A mail with recipients"
                    + " that do not fit --to or --domain is not held.",
            "all later, deferred, active and parked mail",
            Optional.empty()),
    RELEASE(
            "released",
            Set.of(QueueState.HELD),
            "Have held mail delivered. A mail with recipients that do not fit --to or --domain stays held.",
            "all held mail",
            Optional.empty());

    private final String done;
    private final Set<QueueState> states;
    private final String description;
    private final String all;
    private final Optional<String> risk;

    QueueVerb(String done, Set<QueueState> states, String description, String all, Optional<String> risk) {
        this.done = done;
        this.states = states;
        this.description = description;
        this.all = all;
        this.risk = risk;
    }

    /** The name of the command: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The path of the server's resource. */
    public String path() {
        return "/queue/" + word();
    }

    /** What was done, as it follows the number of messages. */
    public String done() {
        return done;
    }

    /** The states that are selected if the request names none. */
    public Set<QueueState> states() {
        return states;
    }

    /** Whether a request may name a state, beside the {@link #states} that are selected if it names none. */
    public boolean takes(QueueState state) {
        return this == REMOVE || states.contains(state) || (this == RELEASE && state == QueueState.LATER);
    }

    /** Whether a request may say who holds mail, and why. */
    public boolean takesReason() {
        return this == HOLD;
    }

    /** Whether mail that is being delivered is meant too, as long as no host has it. */
    public boolean reachesDeliveries() {
        return this == REMOVE || this == HOLD;
    }

    /** What the command does: one sentence or more, for its help. */
    public String description() {
        return description;
    }

    /** What {@code --all} selects. */
    public String all() {
        return all;
    }

    /** Why the command needs {@code --yes} unless all messages are named by their ids; empty if it never does. */
    public Optional<String> risk() {
        return risk;
    }
}
