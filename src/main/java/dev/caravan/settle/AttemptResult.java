package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** Makes a report of what the steps of a delivery route left on the exchange. */
public interface AttemptResult {
    /**
     * The steps have ended without an exception.
     *
     * @throws IOException if an answer cannot be read.
     */
    DeliveryReport delivered(QueueItem item, Exchange exchange) throws IOException;

    /**
     * A step has failed.
     *
     * @param item null if the message was not read.
     * @param known the report that was being settled, if there is one; its delivered recipients stay delivered.
     * @return null if the message stays in its queue; the exchange is then marked accordingly.
     */
    @Nullable
    DeliveryReport failed(
            @Nullable QueueItem item,
            @Nullable DeliveryReport known,
            QueueTransaction transaction,
            Throwable cause,
            Exchange exchange);
}
