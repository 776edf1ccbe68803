package dev.caravan.outcome;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.ForwardPath;
import java.util.HashMap;
import java.util.Map;

/** One result for each recipient of a report. */
final class OneResultEach {
    private OneResultEach() {}

    /** If a report contradicts itself, what avoids a second copy, then what avoids a loss, is believed. */
    static Map<ForwardPath, RecipientResult> of(DeliveryReport report) {
        Map<ForwardPath, RecipientResult> results = new HashMap<>();
        for (RecipientResult result : report.results()) {
            results.merge(result.recipient(), result, (a, b) -> rank(b) < rank(a) ? b : a);
        }
        return results;
    }

    private static int rank(RecipientResult result) {
        if (result instanceof RecipientResult.Delivered) {
            return 0;
        }
        if (result instanceof RecipientResult.Deferred) {
            return 1;
        }
        return result instanceof RecipientResult.Untried ? 2 : 3;
    }
}
