/** Filters that routes ask while an SMTP client waits: how many at once, who waits, and how long. */
@NullMarked
package dev.caravan.filter;

import org.jspecify.annotations.NullMarked;
