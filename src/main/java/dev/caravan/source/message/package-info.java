/** Turns the submissions of programs into an envelope and content. Uses no framework. */
@NullMarked
package dev.caravan.source.message;

import org.jspecify.annotations.NullMarked;
