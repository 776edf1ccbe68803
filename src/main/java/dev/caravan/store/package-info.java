/** Puts messages into queues in transactions: by group commit, or in the transaction of a consumed item. */
@NullMarked
package dev.caravan.store;

import org.jspecify.annotations.NullMarked;
