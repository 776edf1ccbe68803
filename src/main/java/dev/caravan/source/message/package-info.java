/** What programs hand in, as an envelope and a content. Pure: no framework. */
@NullMarked
package dev.caravan.source.message;

import org.jspecify.annotations.NullMarked;
