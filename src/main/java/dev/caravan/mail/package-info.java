/** The parts of a message: domains, mailboxes, envelopes and content. Each value is checked when it is made. */
@NullMarked
package dev.caravan.mail;

import org.jspecify.annotations.NullMarked;
