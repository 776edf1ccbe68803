/** Octets to what is said and back, for both sides of the conversation; strict about line ends. */
@NullMarked
package dev.caravan.codec;

import org.jspecify.annotations.NullMarked;
