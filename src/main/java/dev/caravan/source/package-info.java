/** Shared by all sources of messages: reading submissions, and idempotency. */
@NullMarked
package dev.caravan.source;

import org.jspecify.annotations.NullMarked;
