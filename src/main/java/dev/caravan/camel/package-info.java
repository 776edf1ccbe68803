/** Camel components: queues of mail, replaceable {@code direct:}, HTTP endpoints, timers by monotonic time. */
@NullMarked
package dev.caravan.camel;

import org.jspecify.annotations.NullMarked;
