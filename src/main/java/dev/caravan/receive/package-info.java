/** The SMTP listener: connects sessions to the policy routes and stores their content in the spool. */
@NullMarked
package dev.caravan.receive;

import org.jspecify.annotations.NullMarked;
