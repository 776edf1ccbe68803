package dev.caravan.camel;

import org.apache.camel.Consumer;
import org.apache.camel.component.jms.JmsConsumer;

/**
 * A consumer of a queue: it may run beside another consumer of the same queue; when it is stopped, it consumes no more
 * messages and completes those that it has begun.
 */
public interface QueueConsumer extends Consumer {
    /** Whether a consumer is one of these; those of {@code mailqueue:} are, too. */
    static boolean is(Consumer consumer) {
        return consumer instanceof QueueConsumer || consumer instanceof JmsConsumer;
    }
}
