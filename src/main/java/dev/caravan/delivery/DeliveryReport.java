package dev.caravan.delivery;

import java.time.Instant;
import java.util.List;

/**
 * What became of each recipient in one delivery attempt.
 *
 * @param at when the attempt ended.
 * @param results one for each recipient that was to be tried; settling takes a missing one for deferred.
 */
public record DeliveryReport(Instant at, List<RecipientResult> results) {
    public DeliveryReport {
        results = List.copyOf(results);
    }
}
