/** Messages from the {@code sendmail} command, by a Unix socket or a folder. */
@NullMarked
package dev.caravan.source.sendmail;

import org.jspecify.annotations.NullMarked;
