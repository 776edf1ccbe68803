/** Beans that an operator names in routes: policy, destinations, content and events. */
@NullMarked
package dev.caravan.steps;

import org.jspecify.annotations.NullMarked;
