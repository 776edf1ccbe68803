/** Connections to ActiveMQ, the embedded broker, the messages that carry queue items, and reading of queues. */
@NullMarked
package dev.caravan.broker;

import org.jspecify.annotations.NullMarked;
