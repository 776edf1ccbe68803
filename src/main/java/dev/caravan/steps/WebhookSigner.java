package dev.caravan.steps;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.config.ServerHome;
import dev.caravan.events.WebhookSignature;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.store.ConsumedMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import org.apache.camel.Exchange;
import org.apache.camel.component.jms.JmsMessage;

/** Signs an event for a webhook: {@code bean: {ref: webhookSigner, method: "by('{{webhook.key-file}}')"}}. */
public final class WebhookSigner implements BlockingStep {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServerHome home;
    private final Clock clock;

    public WebhookSigner(ServerHome home, Clock clock) {
        this.home = home;
        this.clock = clock;
    }

    /**
     * Replaces all headers by the fields of {@link WebhookSignature}, since the headers of the message come from the
     * broker and are not for the web server. The key is read each time, so that it can be changed.
     *
     * @param keyFile relative to the home.
     * @throws IOException if the file cannot be read, or the body is no event.
     */
    public void by(@Argument(ArgumentForm.FILE) String keyFile, Exchange exchange) throws IOException {
        byte[] key = WebhookSignature.key(Files.readString(home.resolve(keyFile)));
        MailExchange view = MailExchange.of(exchange);
        String body = view.requireBody(String.class);
        String id = JSON.readTree(body).path("id").asText("");
        JmsMessage received = view.requireMessage(JmsMessage.class);
        view.own(new Webhook.Event(id, new ConsumedMessage(received.getJmsSession(), received.getJmsMessage())));
        exchange.getMessage().removeHeaders("*");
        WebhookSignature.fields(id, clock.instant(), body, key).forEach(exchange.getMessage()::setHeader);
    }
}
