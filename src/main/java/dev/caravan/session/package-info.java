/** The receiving conversation: a pure state machine, its limits, and its Netty shell. */
@NullMarked
package dev.caravan.session;

import org.jspecify.annotations.NullMarked;
