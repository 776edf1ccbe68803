/** The steps of {@code direct:submit}: loop check, alias expansion, next hop, split, store. */
@NullMarked
package dev.caravan.submit;

import org.jspecify.annotations.NullMarked;
