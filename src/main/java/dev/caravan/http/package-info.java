/** The HTTP server: listener, requests, access, and {@code web:} endpoints. */
@NullMarked
package dev.caravan.http;

import org.jspecify.annotations.NullMarked;
