/** What a mail is: domains, mailboxes, envelopes and content, as values that are valid if they exist. */
@NullMarked
package dev.caravan.mail;

import org.jspecify.annotations.NullMarked;
