package dev.caravan.policy;

import dev.caravan.smtp.Reply;

/** What a policy rule says about a connection, a reverse-path, a recipient or a mail. */
public sealed interface Verdict {
    /** Nothing against it. */
    Verdict PASS = new Pass();

    /** Refuses for good: 550 5.7.1 with the rule's own words. */
    static Verdict refuse(String words) {
        return new Answer(Reply.of(550, "5.7.1", words));
    }

    /** Asks the client to come back: 451 4.7.1 with the rule's own words. */
    static Verdict defer(String words) {
        return new Answer(Reply.of(451, "4.7.1", words));
    }

    /** The rule has nothing against it; the next rule is asked. */
    record Pass() implements Verdict {}

    /**
     * The client gets this reply, and nothing is kept.
     *
     * @param reply 400 to 599: what is taken is answered by the one who keeps it.
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
     * The client is told that the mail was taken, and it is thrown away.
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
     * The mail is taken and waits in {@code mail.hold} for an operator.
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
