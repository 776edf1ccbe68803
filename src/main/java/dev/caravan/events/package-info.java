/** Events of what happens to a message, on their way to the topic, the queues and the counters. */
@NullMarked
package dev.caravan.events;

import org.jspecify.annotations.NullMarked;
