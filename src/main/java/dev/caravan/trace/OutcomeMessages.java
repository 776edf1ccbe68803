package dev.caravan.trace;

import dev.caravan.outcome.OutcomeEvent;

/** The JMS messages about outcomes that are sent in the transaction which brings the outcomes about. */
public interface OutcomeMessages {
    /** Adds a message to the topic {@code mail.events}. */
    void toTopic(OutcomeEvent outcome);

    /** Adds a message to a queue. */
    void toQueue(OutcomeEvent outcome, String queue);
}
