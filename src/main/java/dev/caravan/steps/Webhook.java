package dev.caravan.steps;

import dev.caravan.delivery.HttpAnswer;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Printable;
import dev.caravan.outcome.RetryAfter;
import dev.caravan.outcome.WebhookRetry;
import dev.caravan.outcome.WebhookRetry.Attempts;
import dev.caravan.outcome.WebhookRetry.Cause;
import dev.caravan.store.ConsumedMessage;
import dev.caravan.transport.HttpDeliveryReply;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.util.ObjectHelper;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides about an event that was posted: {@code answered} after the endpoint, {@code failed} when it threw. An event
 * that is to be posted again stays in its queue; one that the server rejects, or could not handle several times, goes
 * to the queue of the same name with {@code .invalid} added. Thread-safe.
 */
public final class Webhook implements BlockingStep {
    static final String SET_ASIDE = ".invalid";

    private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
    private static final int MOST_REMEMBERED = 1000;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int BAD_GATEWAY = 502;
    private static final int UNAVAILABLE = 503;
    private static final int GATEWAY_TIMEOUT = 504;

    private final Consumer<Duration> pause;
    private final Clock clock;
    private final Map<String, Attempts> tried = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Attempts> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });

    /** @param pause waits that long, or until a shutdown begins. */
    public Webhook(Consumer<Duration> pause, Clock clock) {
        this.pause = pause;
        this.clock = clock;
    }

    /** The server has answered: 2xx takes the event from its queue. */
    public void answered(Exchange exchange) {
        Event event = MailExchange.of(exchange).own(Event.class).orElseThrow();
        Optional<HttpAnswer> answer = HttpDeliveryReply.answer(exchange);
        if (answer.isPresent() && answer.get().isSuccess()) {
            tried.remove(event.id());
            return;
        }
        Optional<Duration> asked = answer.map(HttpAnswer::code)
                .filter(code -> code == TOO_MANY_REQUESTS || code == UNAVAILABLE)
                .flatMap(code -> Optional.ofNullable(exchange.getMessage().getHeader("Retry-After", String.class)))
                .flatMap(field -> RetryAfter.read(field, clock.instant()));
        Cause cause = answer.map(Webhook::cause).orElse(Cause.FAILED);
        String words = answer.map(http -> "HTTP " + http.code()).orElse("no answer");
        decide(new Failure(cause, asked, words), event, exchange);
    }

    /** The server was not reached, or did not answer. */
    public void failed(@ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable thrown, Exchange exchange) {
        boolean isAway = ObjectHelper.getException(ConnectException.class, thrown) != null
                || ObjectHelper.getException(NoRouteToHostException.class, thrown) != null
                || ObjectHelper.getException(UnknownHostException.class, thrown) != null
                || ObjectHelper.getException(ConnectTimeoutException.class, thrown) != null;
        String words = Printable.line(thrown.getClass().getSimpleName() + ": " + thrown.getMessage(), 200);
        Optional<Event> event = MailExchange.of(exchange).own(Event.class);
        if (event.isEmpty()) {
            // It could not be read or signed, which only the operator can correct.
            LOG.error("an event cannot be posted: {}", words);
            MailExchange.of(exchange).leaveInQueue(words);
            return;
        }
        decide(new Failure(isAway ? Cause.UNAVAILABLE : Cause.FAILED, Optional.empty(), words), event.get(), exchange);
    }

    /**
     * The event that is being posted.
     *
     * @param id of the event.
     * @param message that carries it.
     */
    record Event(String id, ConsumedMessage message) {}

    private record Failure(Cause cause, Optional<Duration> asked, String words) {}

    private static Cause cause(HttpAnswer answer) {
        if (answer.isFinal()) {
            return Cause.REFUSED;
        }
        int code = answer.code();
        boolean isProxy = code == BAD_GATEWAY || code == UNAVAILABLE || code == GATEWAY_TIMEOUT;
        return code / 100 == 5 && !isProxy ? Cause.FAILED : Cause.UNAVAILABLE;
    }

    private void decide(Failure failure, Event event, Exchange exchange) {
        Instant now = clock.instant();
        Attempts attempts = tried.merge(
                event.id(), new Attempts(1, now), (before, one) -> new Attempts(before.attempts() + 1, before.first()));
        Optional<Duration> again = WebhookRetry.pause(failure.cause(), attempts, failure.asked(), now);
        if (again.isEmpty()) {
            setAside(failure.words(), event);
            return;
        }
        pause.accept(again.get());
        MailExchange.of(exchange).leaveInQueue("event " + event.id() + " was not taken: " + failure.words());
    }

    private void setAside(String reason, Event event) {
        String queue = event.message().setAside(SET_ASIDE, reason);
        tried.remove(event.id());
        LOG.warn("event {} goes to {}, the web server does not take it: {}", event.id(), queue, reason);
    }
}
