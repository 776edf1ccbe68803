/** What delivers a queue item: SMTP, Maildir, or any Camel endpoint. */
@NullMarked
package dev.caravan.transport;

import org.jspecify.annotations.NullMarked;
