/** Messages from JMS queues. */
@NullMarked
package dev.caravan.source.jms;

import org.jspecify.annotations.NullMarked;
