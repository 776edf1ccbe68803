/** Where mail for a domain goes: lookups with sealed answers, cached as long as the answer may be kept. */
@NullMarked
package dev.caravan.dns;

import org.jspecify.annotations.NullMarked;
