package dev.caravan.exchange;

import dev.caravan.broker.TransactedSend;
import dev.caravan.delivery.AttemptProgress;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.mail.Content;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Mailbox;
import dev.caravan.policy.Destinations;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.SessionScope;
import dev.caravan.smtp.Reply;
import dev.caravan.store.QueueTransaction;
import dev.caravan.store.Stored;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.support.SynchronizationAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The typed view of a Camel exchange: what our steps know about the message that a route handles. All state is in the
 * exchange itself, so any number of views of one exchange agree; this class alone knows the names of our exchange
 * properties. Values are immutable, since Camel shares them with the parts of a split.
 *
 * <p>{@code routes/settle.camel.yaml} sets {@value #REPORT}, so that name stays. An exchange is used by one thread at a
 * time, and so is its view.
 */
public final class MailExchange {
    /** Property of a delivery route: the {@link QueueItem} being delivered. */
    public static final String ITEM = "queueItem";

    /** Property of a delivery route: the {@link DeliveryReport} being settled. */
    public static final String REPORT = "deliveryReport";

    /** Property of a route that consumes a queue: its {@link QueueTransaction}. */
    public static final String TRANSACTION = "mailTransaction";

    private static final String REQUEST = "policyRequest";
    private static final String SESSION = "sessionScope";
    private static final String DISPOSITION = "disposition";
    private static final String REASON = "dispositionReason";
    private static final String HOLD = "hold";
    private static final String TRANSPORTS = "destinations";
    private static final String COPIES = "copies";
    private static final String SUBMITTED = "submittedMail";
    private static final String MESSAGE_ID = "submittedMessageId";
    private static final String STORED_TOO = "storedToo";
    private static final String KEPT_BODY = "keptBody";
    private static final String PROGRESS = "attemptProgress";
    private static final String STAYS = "mailStays";

    private static final Logger LOG = LoggerFactory.getLogger(MailExchange.class);

    private final Exchange exchange;

    private record Copies(Set<String> keys) {}

    private record StoredToo(List<TransactedSend> all) {}

    private MailExchange(Exchange exchange) {
        this.exchange = exchange;
    }

    /** The view of an exchange. */
    public static MailExchange of(Exchange exchange) {
        return new MailExchange(exchange);
    }

    /** Begins the exchange of a policy request; its disposition so far is that of the request. */
    public void begin(PolicyRequest request) {
        exchange.setProperty(REQUEST, request);
        if (request instanceof MailQuestion mail) {
            exchange.setProperty(DISPOSITION, mail.disposition());
        }
    }

    /** Notes the results that the SMTP session keeps. */
    public void session(SessionScope scope) {
        exchange.setProperty(SESSION, scope);
    }

    /**
     * Results that the SMTP session keeps from one policy request to the next. For mail of other sources a new scope each
     * time, so that nothing is kept.
     */
    public SessionScope session() {
        SessionScope scope = exchange.getProperty(SESSION, SessionScope.class);
        return scope == null ? new SessionScope() : scope;
    }

    /** The policy request of the SMTP session, whatever the body is now; empty for mail of other sources. */
    public Optional<PolicyRequest> request() {
        return exchange.getProperty(REQUEST) instanceof PolicyRequest request ? Optional.of(request) : Optional.empty();
    }

    /** Whether the SMTP session that asks has ended, so that nobody hears the answer; false for mail of other sources. */
    public boolean isClientGone() {
        return exchange.getProperty(SESSION) instanceof SessionScope scope && scope.isClosed();
    }

    /**
     * The policy request of the SMTP session.
     *
     * @throws IllegalStateException if there is none, as for mail of other sources.
     */
    public PolicyRequest requireRequest() {
        return request()
                .orElseThrow(() -> new IllegalStateException("no policy request (expected: a step of a policy route)"));
    }

    /** Executes the verdict of a rule. A reply and a discard end the route; later rules still apply to held mail. */
    public void apply(Verdict verdict) {
        if (verdict instanceof Verdict.Answer answer) {
            reply(answer.reply());
        } else if (verdict instanceof Verdict.Discard discard) {
            dispose(Disposition.DISCARD, discard.reason());
            exchange.setRouteStop(true);
        } else if (verdict instanceof Verdict.Hold hold) {
            dispose(Disposition.HOLD, hold.reason());
            if (hold().isEmpty()) {
                hold(new Hold(Instant.ofEpochMilli(exchange.getClock().getCreated()), routeId(), hold.reason()));
            }
        } else if (!(verdict instanceof Verdict.Pass)) {
            throw new AssertionError(verdict);
        }
    }

    /** Makes this reply the answer to the client and ends the route. */
    public void reply(Reply reply) {
        exchange.getMessage().setBody(reply);
        exchange.setRouteStop(true);
    }

    /** The reply that a step has decided; empty if none has. */
    public Optional<Reply> reply() {
        return exchange.getMessage().getBody() instanceof Reply reply ? Optional.of(reply) : Optional.empty();
    }

    /** Whether a rule has decided about the message, so that no further rule may. */
    public boolean isFinal() {
        return exchange.getMessage().getBody() instanceof Reply || disposition() == Disposition.DISCARD;
    }

    /** Discards the message, even one that a rule holds, and ends the route. */
    public void discard(String reason) {
        exchange.setProperty(DISPOSITION, Disposition.DISCARD);
        exchange.setProperty(REASON, reason);
        exchange.setRouteStop(true);
    }

    private void dispose(Disposition disposition, String reason) {
        exchange.setProperty(DISPOSITION, disposition().or(disposition));
        exchange.setProperty(REASON, reason);
    }

    /** The strictest disposition that a rule has decided so far. */
    public Disposition disposition() {
        return property(DISPOSITION, Disposition.class).orElse(Disposition.DELIVER);
    }

    /**
     * Why the message is discarded or held, in the words of the last rule that decided so in this exchange; general
     * words if that was in an earlier exchange of the message.
     */
    public String dispositionReason() {
        return property(REASON, String.class).orElse("a rule said so");
    }

    /**
     * Why the message is held, by the first rule that held it, in this exchange or an earlier one of the same message.
     */
    public Optional<Hold> hold() {
        return property(HOLD, Hold.class);
    }

    /** Notes why the message is held. */
    public void hold(Hold hold) {
        exchange.setProperty(HOLD, hold);
    }

    /** The id of the running route as it is in its file, without the suffix of a reload. */
    private String routeId() {
        return RouteIds.withoutGeneration(String.valueOf(ExchangeHelper.getRouteId(exchange)));
    }

    /** Why the exchange failed, even if an error handler of the route has handled it. */
    public Optional<Throwable> failure() {
        return Optional.<Throwable>ofNullable(exchange.getException())
                .or(() -> Optional.ofNullable(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class)));
    }

    /** Whether a rule discarded the message and nothing failed. */
    public boolean isDiscarded() {
        return disposition() == Disposition.DISCARD && failure().isEmpty();
    }

    /** Set by the last step of {@code direct:submit}, when every item of the message is stored. */
    public Optional<Stored> stored() {
        return exchange.getMessage().getBody() instanceof Stored stored ? Optional.of(stored) : Optional.empty();
    }

    /**
     * The whole message: that of the request in {@code direct:check-mail}, later the body itself.
     *
     * @throws IllegalStateException if there is none yet.
     */
    public MailObject message() {
        Object body = exchange.getMessage().getBody();
        if (body instanceof MailQuestion request) {
            return request.mail();
        }
        if (body instanceof MailObject mail) {
            return mail;
        }
        throw new IllegalStateException(
                "no whole message (expected: a step of check-mail, or of a route that submit calls)");
    }

    /**
     * The body, as a type that the route must have made of it by now.
     *
     * @throws IllegalStateException if it is nothing that Camel can convert to that.
     */
    public <T> T requireBody(Class<T> type) {
        T body = exchange.getMessage().getBody(type);
        if (body == null) {
            throw new IllegalStateException("the body is "
                    + typeOf(exchange.getMessage().getBody()) + " (expected: " + type.getSimpleName() + ")");
        }
        return body;
    }

    /**
     * Camel's message, as the endpoint that a route consumes makes it.
     *
     * @throws IllegalStateException if the route consumes another endpoint.
     */
    public <T> T requireMessage(Class<T> type) {
        T message = exchange.getIn(type);
        if (message == null) {
            throw new IllegalStateException(
                    "the message is a " + typeOf(exchange.getIn()) + " (expected: " + type.getSimpleName() + ")");
        }
        return message;
    }

    private static String typeOf(@Nullable Object value) {
        return value == null ? "empty" : value.getClass().getSimpleName();
    }

    /**
     * Gives the message another content, which is stored with it. When the route has ended, with or without success, the
     * temporary files of the old and the new content are removed; files that belong to items stay.
     *
     * @throws IllegalStateException as {@link #message()}.
     */
    public void replaceContent(Content content, Spool spool) {
        MailObject mail = message();
        MailObject changed = mail.withContent(content);
        Object body = exchange.getMessage().getBody() instanceof MailQuestion request
                ? new MailQuestion(request.facts(), changed, request.disposition(), request.memory())
                : changed;
        exchange.getMessage().setBody(body);
        releaseAfterwards(spool, mail.content(), content);
    }

    /** Removes the temporary files of these contents when the route has ended; files that belong to items stay. */
    public void releaseAfterwards(Spool spool, Content... contents) {
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                for (Content content : contents) {
                    releaseTemporary(spool, content);
                }
            }
        });
    }

    private static void releaseTemporary(Spool spool, Content content) {
        try {
            spool.releaseTemporary(content);
        } catch (IOException e) {
            LOG.warn("a temporary spool file could not be removed, the spool sweeper will try again: {}", e.toString());
        }
    }

    /** The operator's choices of transports, in the order in which they were made. */
    public Destinations destinations() {
        return property(TRANSPORTS, Destinations.class).orElse(Destinations.NONE);
    }

    /** Replaces the choices of transports. */
    public void destinations(Destinations destinations) {
        exchange.setProperty(TRANSPORTS, destinations);
    }

    /** The {@link Mailbox#key} of each recipient that the operator's rules added. */
    public Set<String> copies() {
        return property(COPIES, Copies.class).map(Copies::keys).orElse(Set.of());
    }

    /** Notes a recipient that the operator's rules added. */
    public void addCopy(Mailbox mailbox) {
        Set<String> copies = new HashSet<>(copies());
        copies.add(mailbox.key());
        exchange.setProperty(COPIES, new Copies(Set.copyOf(copies)));
    }

    /** The message that a source has read; empty for a message of an SMTP session. */
    public Optional<MailObject> submitted() {
        return property(SUBMITTED, MailObject.class);
    }

    /** Notes the message that a source has read; a later change of the body does not affect it. */
    public void submitted(MailObject mail) {
        exchange.setProperty(SUBMITTED, mail);
    }

    /** The Message-ID of the submitted message, without angle brackets; empty if it is not known. */
    public Optional<String> submittedMessageId() {
        return property(MESSAGE_ID, String.class);
    }

    /** Notes the Message-ID of the submitted message, without angle brackets. */
    public void submittedMessageId(Optional<String> messageId) {
        exchange.setProperty(MESSAGE_ID, messageId.orElse(null));
    }

    /** Further messages that are stored in the same transaction as the message's items. */
    public List<TransactedSend> storedToo() {
        return property(STORED_TOO, StoredToo.class).map(StoredToo::all).orElse(List.of());
    }

    /** Adds a message that is stored in the same transaction as the message's items. */
    public void storeToo(TransactedSend more) {
        List<TransactedSend> all = new ArrayList<>(storedToo());
        all.add(more);
        exchange.setProperty(STORED_TOO, new StoredToo(List.copyOf(all)));
    }

    /** The transaction that consumed the queue item or submission; empty where the route consumes none. */
    public Optional<QueueTransaction> transaction() {
        return property(TRANSACTION, QueueTransaction.class);
    }

    /** Notes the transaction that consumed the queue item or submission. */
    public void transaction(QueueTransaction transaction) {
        exchange.setProperty(TRANSACTION, transaction);
    }

    /** The queue item that the route consumed; empty where it consumes none, or could not read it. */
    public Optional<QueueItem> item() {
        return property(ITEM, QueueItem.class);
    }

    /** Notes the queue item that the route consumed. */
    public void item(QueueItem item) {
        exchange.setProperty(ITEM, item);
    }

    /** The result of the delivery attempt, once it is being settled. */
    public Optional<DeliveryReport> report() {
        return property(REPORT, DeliveryReport.class);
    }

    /** Notes the result of the delivery attempt. */
    public void report(DeliveryReport report) {
        exchange.setProperty(REPORT, report);
    }

    /** Where a step that delivers says how far it is, and learns that it is given up; its own if nobody watches it. */
    public AttemptProgress progress() {
        return property(PROGRESS, AttemptProgress.class).orElseGet(AttemptProgress::new);
    }

    /** Notes where steps that deliver say how far they are. */
    public void progress(AttemptProgress progress) {
        exchange.setProperty(PROGRESS, progress);
    }

    /** Keeps the body while another one goes to a filter or policy server; {@link #restoreBody} brings it back. */
    public void keepBody() {
        exchange.setProperty(KEPT_BODY, exchange.getMessage().getBody());
    }

    /** Brings back the body that {@link #keepBody} kept. */
    public void restoreBody() {
        exchange.getMessage().setBody(exchange.getProperty(KEPT_BODY));
    }

    /** The reason why the consumed message stays in its queue; empty unless {@link #leaveInQueue} was called. */
    public Optional<String> leftInQueueBecause() {
        return property(STAYS, String.class);
    }

    /** Ends the route without success, without an exception: the consumer rolls back, the message stays in its queue. */
    public void leaveInQueue(String reason) {
        exchange.setProperty(STAYS, reason);
        exchange.setRollbackOnly(true);
        exchange.setRouteStop(true);
    }

    /**
     * A value that a package keeps with the exchange for its own steps; values that several packages share have methods
     * of their own above. Empty if there is none.
     *
     * @param type of the value, and its name.
     */
    public <T> Optional<T> own(Class<T> type) {
        return property(type.getName(), type);
    }

    /** Keeps a value of a package's own with the exchange; replaces that of the same class. */
    public void own(Object value) {
        Objects.requireNonNull(value);
        exchange.setProperty(value.getClass().getName(), value);
    }

    private <T> Optional<T> property(String name, Class<T> type) {
        return Optional.ofNullable(exchange.getProperty(name, type));
    }
}
