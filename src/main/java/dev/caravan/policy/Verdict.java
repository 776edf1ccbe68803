package dev.caravan.policy;

import dev.caravan.smtp.Reply;

/** The decision of a policy rule about a connection, a reverse-path, a recipient or a message. */
public sealed interface Verdict {
    /** The rule has no objection. */
    Verdict PASS = new Pass();

    /** Refuses for good: 550 5.7.1 with the rule's own text. */
    static Verdict refuse(String words) {
        return new Answer(Reply.of(550, "5.7.1", words));
    }

    /** Asks the client to try again later: 451 4.7.1 with the rule's own text. */
    static Verdict defer(String words) {
        return new Answer(Reply.of(451, "4.7.1", words));
    }

    /** The rule has no objection; the next rule is asked. */
    record Pass() implements Verdict {}

    /**
     * The client gets this reply, and nothing is stored.
     *
     * @param reply 400 to 599; a positive reply comes from the code that stores the message.
     */
    record Answer(Reply reply) implements Verdict {
        /** @throws IllegalArgumentException if the reply is positive. */
        public Answer {
            if (reply.isPositive()) {
                throw new IllegalArgumentException(
                        "rule answers " + reply.code() + " (expected: 400 to 599; or let it pass, discard or hold)");
            }
        }
    }

    /**
     * The client gets 250, and the message is dropped.
     *
     * @param reason for the log; not blank.
     */
    record Discard(String reason) implements Verdict {
        /** @throws IllegalArgumentException if the reason is blank. */
        public Discard {
            requireReason(reason);
        }
    }

    /**
     * The message is accepted and waits in {@code mail.hold} for an operator.
     *
     * @param reason for the log and the operator; not blank.
     */
    record Hold(String reason) implements Verdict {
        /** @throws IllegalArgumentException if the reason is blank. */
        public Hold {
            requireReason(reason);
        }
    }

    private static void requireReason(String reason) {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("blank reason (expected: words for the log)");
        }
    }
}
