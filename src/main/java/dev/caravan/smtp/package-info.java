/** What is said: commands, their parameters, and replies, as values that are valid if they exist. */
@NullMarked
package dev.caravan.smtp;

import org.jspecify.annotations.NullMarked;
