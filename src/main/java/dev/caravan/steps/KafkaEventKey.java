package dev.caravan.steps;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.exchange.NonBlockingStep;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.component.kafka.KafkaConstants;

/**
 * Sets the key of an event, for systems that keep the order of records with the same key: {@code bean: {ref:
 * kafkaEventKey}}.
 */
public final class KafkaEventKey implements NonBlockingStep {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Makes the message's id the key of the Kafka record.
     *
     * @throws IOException if the body is no event.
     */
    public void kafka(Exchange exchange) throws IOException {
        String body = exchange.getMessage().getBody(String.class);
        String mailId = JSON.readTree(body).path("mailId").asText("");
        exchange.getMessage().setHeader(KafkaConstants.KEY, mailId);
    }
}
