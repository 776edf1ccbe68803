/** Who a client is: SASL exchanges, stored credentials, limits for guesses. */
@NullMarked
package dev.caravan.auth;

import org.jspecify.annotations.NullMarked;
