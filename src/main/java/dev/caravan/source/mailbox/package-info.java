/** Messages from IMAP and POP3 mailboxes. */
@NullMarked
package dev.caravan.source.mailbox;

import org.jspecify.annotations.NullMarked;
