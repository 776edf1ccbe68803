/** How this server logs in to other servers: SASL mechanisms, secrets, OAuth tokens, pauses and quotas of smart hosts. */
@NullMarked
package dev.caravan.login;

import org.jspecify.annotations.NullMarked;
