/** What all sources of messages share: intake and idempotency. */
@NullMarked
package dev.caravan.source;

import org.jspecify.annotations.NullMarked;
