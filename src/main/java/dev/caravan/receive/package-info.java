/** The SMTP listener: joins a session with its route and its content with the spool. */
@NullMarked
package dev.caravan.receive;

import org.jspecify.annotations.NullMarked;
