package dev.caravan.receive;

import dev.caravan.exchange.ClientGoneException;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.FailedStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.filter.FilterBusyException;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.policy.DirectoryUnavailableException;
import dev.caravan.policy.StaleTableException;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.session.InsufficientStorageException;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.ConnectionQuestion;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.PolicyRequest.SenderQuestion;
import dev.caravan.session.PolicyResult;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import dev.caravan.store.SpoolRelease;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import dev.caravan.store.Stored;
import dev.caravan.trace.MailEvents;
import java.nio.file.FileSystemException;
import org.apache.camel.Exchange;
import org.apache.camel.util.ObjectHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a completed exchange into the answer for the session. A message gets 250 only if it was stored or a rule
 * discarded it; anything unexpected is 451.
 */
public final class PolicyReplies {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyReplies.class);
    private static final Reply OUR_FAULT = Reply.of(451, "4.3.0", "trouble on our side, try again later");
    private static final Reply STALE_TABLE =
            Reply.of(451, "4.3.0", "a table has changed or cannot be read, try again later");
    private static final Reply NO_DIRECTORY =
            Reply.of(451, "4.3.0", "a recipient cannot be looked up now, try again later");
    private static final Reply NO_ROOM = Reply.of(452, "4.3.1", "no room to store the message now, try again later");

    private final Spool spool;
    private final MailEvents events;

    public PolicyReplies(Spool spool, MailEvents events) {
        this.spool = spool;
        this.events = events;
    }

    /** The answer; also removes the content of a message that was refused. */
    PolicyResult from(PolicyRequest question, Exchange exchange) {
        Disposition disposition = MailExchange.of(exchange).disposition();
        Object body = exchange.getMessage().getBody();
        if (exchange.getException() != null) {
            return failed(question, exchange, exchange.getException());
        }
        if (body instanceof Stored stored) {
            return PolicyResult.of(Reply.of(250, "2.0.0", "ok queued as " + stored.id()));
        }
        if (question instanceof MailQuestion mail) {
            release(mail.mail());
            return PolicyResult.of(notStored(mail, body, disposition, exchange));
        }
        return body instanceof Reply reply
                ? new PolicyResult(reply, disposition)
                : new PolicyResult(passed(question), disposition);
    }

    private Reply notStored(MailQuestion mail, @Nullable Object body, Disposition disposition, Exchange exchange) {
        if (disposition == Disposition.DISCARD) {
            events.discarded(mail.mail(), MailExchange.of(exchange).dispositionReason());
            return Reply.of(250, "2.0.0", "ok " + mail.mail().id());
        }
        if (body instanceof Reply reply && !reply.isPositive()) {
            return reply;
        }
        LOG.error(
                "{} was neither stored nor refused: does routes/submit.camel.yaml end with storeItems?",
                mail.mail().id());
        return OUR_FAULT;
    }

    private static Reply passed(PolicyRequest question) {
        if (question instanceof SenderQuestion) {
            return Reply.of(250, "2.1.0", "sender ok");
        }
        if (question instanceof RecipientQuestion) {
            return Reply.of(250, "2.1.5", "recipient ok");
        }
        if (question instanceof ConnectionQuestion) {
            return Reply.plain(220, "welcome");
        }
        throw new AssertionError(question);
    }

    private PolicyResult failed(PolicyRequest question, Exchange exchange, Exception failure) {
        if (failure instanceof StoreException store && store.certainty() == Certainty.IN_DOUBT) {
            if (question instanceof MailQuestion mail) {
                events.inDoubt(mail.mail().id().text(), String.valueOf(store.getMessage()));
            }
            return PolicyResult.of(OUR_FAULT);
        }
        if (question instanceof MailQuestion mail) {
            release(mail.mail());
        }
        if (failure instanceof StoreException
                || failure instanceof InsufficientStorageException
                || failure instanceof MemoryExhaustedException) {
            LOG.warn("a message is deferred: {}", failure.toString());
            return PolicyResult.of(failure instanceof StoreException ? OUR_FAULT : NO_ROOM);
        }
        StaleTableException stale = ObjectHelper.getException(StaleTableException.class, failure);
        if (stale != null) {
            // The reader of the table has already logged this once as an error.
            LOG.debug("a recipient is deferred: {}", stale.getMessage());
            return PolicyResult.of(STALE_TABLE);
        }
        DirectoryUnavailableException unavailable =
                ObjectHelper.getException(DirectoryUnavailableException.class, failure);
        if (unavailable != null) {
            // The reason is already in the log, once for many recipients.
            LOG.debug("a message is deferred: {}", unavailable.getMessage());
            return PolicyResult.of(NO_DIRECTORY);
        }
        if (ObjectHelper.getException(FileSystemException.class, failure) != null) {
            LOG.error("a message is deferred, the disk fails: {}", failure.toString());
            return PolicyResult.of(NO_ROOM);
        }
        FilterBusyException busy = ObjectHelper.getException(FilterBusyException.class, failure);
        if (busy != null) {
            return PolicyResult.of(
                    Reply.of(451, "4.3.2", String.valueOf(busy.getMessage())).because(Reason.FILTER));
        }
        if (ObjectHelper.getException(ClientGoneException.class, failure) != null) {
            LOG.debug(
                    "session {} ended before its answer", question.facts().id().text());
            return PolicyResult.of(OUR_FAULT);
        }
        LOG.error(
                "a receiving route failed; the client gets 451: {}, stage {}, session {}{}",
                FailedStep.of(exchange).map(FailedStep::toString).orElse("unknown step"),
                Decisions.stage(question).word(),
                question.facts().id().text(),
                question instanceof MailQuestion mail
                        ? ", message " + mail.mail().id()
                        : "",
                failure);
        return PolicyResult.of(OUR_FAULT);
    }

    private void release(MailObject mail) {
        SpoolRelease.release(spool, mail.content());
    }
}
