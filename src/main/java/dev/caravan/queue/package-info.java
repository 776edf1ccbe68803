/** Mail that waits: queue items, their stored form, the retry schedule, and the spool of large content. */
@NullMarked
package dev.caravan.queue;

import org.jspecify.annotations.NullMarked;
