package dev.caravan.steps;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.policy.ServiceAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Passes the policy request of a session to an HTTP service as JSON, and its response to the session as the answer of a
 * rule.
 */
public final class HttpPolicy implements BlockingStep {
    private static final String NAME = "httpPolicy";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> KNOWN =
            List.of("stage", "remoteAddress", "helo", "sender", "recipient", "recipients", "size", "mailId");

    private final Decisions decisions;

    public HttpPolicy(Decisions decisions) {
        this.decisions = decisions;
    }

    /** Replaces the body by a JSON object with what is known so far; {@link #answered} restores the body. */
    public void json(Exchange exchange) throws JsonProcessingException {
        Message message = exchange.getMessage();
        Map<String, Object> known = new TreeMap<>();
        for (String name : KNOWN) {
            Object value = message.getHeader(name);
            if (value != null) {
                known.put(name, value);
            }
        }
        MailExchange.of(exchange).keepBody();
        message.setBody(JSON.writeValueAsString(known));
    }

    /** Executes what the service answered, and restores the body. */
    public void answered(Exchange exchange) throws IOException {
        Message message = exchange.getMessage();
        int code = Optional.ofNullable(message.getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class))
                .orElse(0);
        String text;
        try (InputStream in = message.getBody(InputStream.class)) {
            byte[] read = in == null ? new byte[0] : in.readNBytes(ServiceAnswer.MAX_OCTETS + 1);
            text = new String(read, StandardCharsets.UTF_8);
        }
        MailExchange.of(exchange).restoreBody();
        // A later step must not use headers that were for this service, or came from it.
        message.removeHeaders("CamelHttp*");
        message.removeHeader(Exchange.CONTENT_TYPE);
        decisions.apply(exchange, NAME, ServiceAnswer.of(code, text), () -> "status " + code);
    }

    /** The service did not answer: the client gets 451. */
    public void failed(Exchange exchange) {
        decisions.apply(exchange, NAME, ServiceAnswer.unknown("no answer"), () -> "the service did not answer");
    }
}
