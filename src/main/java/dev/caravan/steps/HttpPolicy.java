package dev.caravan.steps;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.config.Quantity;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.filter.HttpQuestions;
import dev.caravan.filter.HttpQuestions.Question;
import dev.caravan.mail.Content;
import dev.caravan.mail.Printable;
import dev.caravan.policy.ServiceAnswer;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the policy request of a session to an HTTP service as JSON, and its response to the session as the answer of a
 * rule: {@code bean: {ref: httpPolicy, method: "ask('http://127.0.0.1:8080/policy', '5s')"}}. No thread waits for the
 * answer. Routes that ask by an HTTP endpoint of Camel call {@code json} before it and {@code answered} after it; both
 * may block.
 */
public final class HttpPolicy implements BlockingStep {
    private static final String NAME = "httpPolicy";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> KNOWN =
            List.of("stage", "remoteAddress", "helo", "sender", "recipient", "recipients", "size", "mailId");

    private static final Map<String, List<String>> FIELDS = Map.of("Content-Type", List.of("application/json"));
    private static final Logger LOG = LoggerFactory.getLogger(HttpPolicy.class);

    private final Decisions decisions;
    private final FilterAnswers filters;
    private final HttpQuestions http;

    HttpPolicy(Decisions decisions, FilterAnswers filters, HttpQuestions http) {
        this.decisions = decisions;
        this.filters = filters;
        this.http = http;
    }

    /**
     * Posts a JSON object with what is known so far, and executes the answer. 451 4.4.3 if there is none in time, 451
     * 4.3.2 if too many questions wait for the service.
     *
     * @param address such as {@code http://127.0.0.1:8080/policy}.
     * @param within how long the service may take, such as {@code 5s}; at most {@code 1d}.
     * @return completes when the route can go on.
     * @throws IllegalArgumentException if an argument is malformed.
     */
    public CompletionStage<Void> ask(
            @Argument(ArgumentForm.WEB_ADDRESS) String address,
            @Argument(ArgumentForm.PERIOD) String within,
            Exchange exchange)
            throws JsonProcessingException {
        URI to = HttpQuestions.address(address);
        Duration whole = Quantity.duration(within)
                .orElseThrow(() -> new IllegalArgumentException(
                        "period " + within + " (expected: a number and a unit, such as 5s)"));
        Content json = new Content.InMemory(known(exchange.getMessage()).getBytes(StandardCharsets.UTF_8));
        Question question = new Question(to, FIELDS, json, whole, ServiceAnswer.MAX_OCTETS);
        return filters.ask(
                filters.line(NAME, HttpQuestions.shown(to)),
                NAME,
                exchange,
                () -> http.ask(question),
                answer -> decisions.apply(
                        exchange,
                        NAME,
                        ServiceAnswer.of(answer.code(), answer.body()),
                        () -> "status " + answer.code()),
                failure -> {
                    LOG.warn(
                            "the service at {} did not answer: {}",
                            HttpQuestions.shown(to),
                            Printable.line("" + failure, 200));
                    failed(exchange);
                });
    }

    /** Replaces the body by a JSON object with what is known so far; {@link #answered} restores the body. */
    public void json(Exchange exchange) throws JsonProcessingException {
        Message message = exchange.getMessage();
        MailExchange.of(exchange).keepBody();
        message.setBody(known(message));
    }

    private static String known(Message message) throws JsonProcessingException {
        Map<String, Object> known = new TreeMap<>();
        for (String name : KNOWN) {
            Object value = message.getHeader(name);
            if (value != null) {
                known.put(name, value);
            }
        }
        return JSON.writeValueAsString(known);
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
