package dev.caravan.transport;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.caravan.queue.QueueItem;
import java.util.stream.Collectors;

/** The recipients of an item for programs: a JSON array of addresses, since an address may hold commas and spaces. */
final class RecipientList {
    private RecipientList() {}

    static String of(QueueItem item) {
        return item.recipients().stream()
                .map(recipient -> quoted(recipient.path().address()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String quoted(String address) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(address)) + '"';
    }
}
