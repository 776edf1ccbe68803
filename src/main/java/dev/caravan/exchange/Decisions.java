package dev.caravan.exchange;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.QueueItem;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.ConnectionQuestion;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.PolicyRequest.SenderQuestion;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.Decision;
import dev.caravan.trace.Decision.RouteStep;
import dev.caravan.trace.Decision.Stage;
import dev.caravan.trace.Decision.Subject;
import dev.caravan.trace.MailEvents;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.support.ExchangeHelper;

/**
 * Reports what the steps of routes decide to {@link MailEvents}, with the message, the session, the route, and the
 * place in its file that the exchange knows. Costs almost nothing while no listener wants decisions: texts are then not
 * built. Thread-safe.
 */
public final class Decisions {
    /** Reports nothing. */
    public static final Decisions NONE = new Decisions(MailEvents.NONE, Clock.systemUTC());

    private final MailEvents events;
    private final Clock clock;

    public Decisions(MailEvents events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    /** Whether reports are wanted; for callers whose reports need preparation. */
    public boolean isWanted() {
        return events.wantsDecisions();
    }

    /**
     * Reports the verdict of a rule and executes it.
     *
     * @param by the bean's name, or what it looked up.
     * @param evidence on what the result is based; called only if a listener wants it.
     */
    public void apply(Exchange exchange, String by, Verdict verdict, Supplier<String> evidence) {
        report(exchange, by, verdict, evidence);
        MailExchange.of(exchange).apply(verdict);
    }

    /** Reports a negative reply of a rule and makes it the answer to the client. */
    public void reply(Exchange exchange, String by, Reply reply, Supplier<String> evidence) {
        report(exchange, by, reply::text, evidence);
        MailExchange.of(exchange).reply(reply);
    }

    /** Reports the verdict of a rule that was executed, or passes the message. */
    public void report(Exchange exchange, String by, Verdict verdict, Supplier<String> evidence) {
        report(exchange, by, () -> words(verdict), evidence);
    }

    /** Reports that a rule passes the message. */
    public void pass(Exchange exchange, String by, Supplier<String> evidence) {
        report(exchange, by, () -> Decision.PASS, evidence);
    }

    /** Reports the result of a rule or look-up in its own words. */
    public void report(Exchange exchange, String by, Supplier<String> verdict, Supplier<String> evidence) {
        if (isWanted()) {
            report(exchange, by, recipient(exchange), verdict.get(), evidence.get());
        }
    }

    /** Reports a result about one recipient; only for callers that have asked {@link #isWanted}. */
    public void report(Exchange exchange, String by, ForwardPath recipient, String verdict, String evidence) {
        report(exchange, by, Optional.of(recipient), verdict, evidence);
    }

    private void report(
            Exchange exchange, String by, Optional<ForwardPath> recipient, String verdict, String evidence) {
        MailExchange view = MailExchange.of(exchange);
        String session =
                view.request().map(request -> request.facts().id().text()).orElse("");
        Subject subject = new Subject(session, message(view, exchange), recipient);
        events.decided(new Decision(
                clock.instant(), stage(view, exchange), subject, Optional.of(step(exchange)), by, verdict, evidence));
    }

    private static Optional<ForwardPath> recipient(Exchange exchange) {
        return MailExchange.of(exchange).request().orElse(null) instanceof RecipientQuestion question
                ? Optional.of(question.recipient().path())
                : Optional.empty();
    }

    private static Stage stage(MailExchange view, Exchange exchange) {
        if (exchange.getMessage().getBody() instanceof MailObject) {
            return Stage.SUBMIT;
        }
        Optional<PolicyRequest> request = view.request();
        if (request.isPresent()) {
            return stage(request.get());
        }
        return view.item().isPresent() ? Stage.DELIVERY : Stage.SUBMIT;
    }

    /** The stage at which an SMTP session asks. */
    public static Stage stage(PolicyRequest request) {
        if (request instanceof ConnectionQuestion) {
            return Stage.CONNECTION;
        } else if (request instanceof SenderQuestion) {
            return Stage.SENDER;
        } else if (request instanceof RecipientQuestion) {
            return Stage.RECIPIENT;
        } else if (request instanceof MailQuestion) {
            return Stage.MAIL;
        }
        throw new AssertionError(request);
    }

    private static String message(MailExchange view, Exchange exchange) {
        if (exchange.getMessage().getBody() instanceof MailObject mail) {
            return mail.id().text();
        }
        if (view.request().orElse(null) instanceof MailQuestion question) {
            return question.mail().id().text();
        }
        Optional<QueueItem> item = view.item();
        return item.isPresent()
                ? item.get().id().toString()
                : view.submitted().map(mail -> mail.id().text()).orElse("");
    }

    private static String words(Verdict verdict) {
        if (verdict instanceof Verdict.Pass) {
            return Decision.PASS;
        } else if (verdict instanceof Verdict.Answer answer) {
            return answer.reply().text();
        } else if (verdict instanceof Verdict.Discard discard) {
            return "discard: " + discard.reason();
        } else if (verdict instanceof Verdict.Hold hold) {
            return "hold: " + hold.reason();
        }
        throw new AssertionError(verdict);
    }

    /** The step that is running now, for people; empty if no listener wants decisions. */
    public String place(Exchange exchange) {
        return isWanted() ? step(exchange).toString() : "";
    }

    /** The step that is running now. Without the suffix that a reload adds to ids. */
    static RouteStep step(Exchange exchange) {
        String id = ExchangeHelper.getAtRouteId(exchange);
        String route = id != null ? id : String.valueOf(exchange.getFromRouteId());
        String source = exchange.getExchangeExtension().getHistoryNodeSource();
        return step(RouteIds.withoutGeneration(route), source == null ? "" : source);
    }

    /** @param source as Camel names it, such as {@code policy.camel.yaml:23}; empty if it does not know it. */
    private static RouteStep step(String route, String source) {
        int colon = source.lastIndexOf(':');
        String line = source.substring(colon + 1);
        if (colon < 0 || line.isEmpty() || line.length() > 9 || !line.chars().allMatch(Character::isDigit)) {
            return new RouteStep(route, "", 0);
        }
        return new RouteStep(route, source.substring(0, colon), Integer.parseInt(line));
    }
}
