/** Makes the embedded broker's store startable after a power cut or damage, and reports what is lost. */
@NullMarked
package dev.caravan.recovery;

import org.jspecify.annotations.NullMarked;
