/** Messages from Kafka topics. */
@NullMarked
package dev.caravan.source.kafka;

import org.jspecify.annotations.NullMarked;
