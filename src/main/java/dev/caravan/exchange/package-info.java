/** The typed view of a Camel exchange: policy request, message, disposition, queue item, transaction, report. */
@NullMarked
package dev.caravan.exchange;

import org.jspecify.annotations.NullMarked;
