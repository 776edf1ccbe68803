/** SMTP commands, their parameters, and replies. Each value is checked when it is made. */
@NullMarked
package dev.caravan.smtp;

import org.jspecify.annotations.NullMarked;
