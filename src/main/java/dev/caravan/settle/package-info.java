/** Begins, settles, defers and bounces a queue item that was taken from its queue. */
@NullMarked
package dev.caravan.settle;

import org.jspecify.annotations.NullMarked;
