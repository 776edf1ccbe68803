/** Reads, checks and describes the settings, and knows the server's folders. */
@NullMarked
package dev.caravan.config;

import org.jspecify.annotations.NullMarked;
