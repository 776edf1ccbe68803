/** SMTP sessions on the receiving side: the state machine, its limits, and its Netty handler. */
@NullMarked
package dev.caravan.session;

import org.jspecify.annotations.NullMarked;
