/** Reports everything that happens to mail, one event at a time, to listeners such as the mail log. */
@NullMarked
package dev.caravan.trace;

import org.jspecify.annotations.NullMarked;
