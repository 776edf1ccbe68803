/** What is counted and measured for those who watch a server: names and values only, no way of the mail. */
@NullMarked
package dev.caravan.metrics;

import org.jspecify.annotations.NullMarked;
