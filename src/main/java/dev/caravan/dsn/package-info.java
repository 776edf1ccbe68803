/** Delivery status notifications: failed, delayed, relayed, delivered. */
@NullMarked
package dev.caravan.dsn;

import org.jspecify.annotations.NullMarked;
