/** Messages that are posted over HTTP. */
@NullMarked
package dev.caravan.source.http;

import org.jspecify.annotations.NullMarked;
