package dev.caravan.source;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.ItemExamples;
import dev.caravan.smtp.Reply;
import dev.caravan.source.SubmissionResult.Deferred;
import dev.caravan.source.SubmissionResult.Discarded;
import dev.caravan.source.SubmissionResult.Failed;
import dev.caravan.source.SubmissionResult.InDoubt;
import dev.caravan.source.SubmissionResult.Rejected;
import dev.caravan.source.SubmissionResult.Stored;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class SubmissionResultTest {
    private static final MailObject MAIL = ItemExamples.plain().mail();
    private final StoreException inDoubt = new StoreException(Certainty.IN_DOUBT, "no answer");

    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final MailExchange view = MailExchange.of(exchange);

    @Test
    void isStoredEvenIfALaterStepFails() {
        exchange.getMessage().setBody(new dev.caravan.store.Stored(MAIL.id()));
        exchange.setException(new IOException("later"));
        assertEquals(new Stored(MAIL.id().text()), SubmissionResult.of(exchange));
        assertDoesNotThrow(() -> SubmissionResult.of(exchange).requireFinal("x"));
    }

    @Test
    void isInDoubtWhateverAnErrorHandlerMakesOfIt() {
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, inDoubt);
        view.reply(Reply.of(554, "5.0.0", "no"));
        assertEquals(new InDoubt(inDoubt), SubmissionResult.of(exchange));
    }

    @Test
    void isWhatARuleReplies() {
        view.reply(Reply.of(554, "5.7.1", "no"));
        assertEquals(new Rejected("554 5.7.1 no"), SubmissionResult.of(exchange));
        view.reply(Reply.of(451, "4.7.1", "later"));
        assertEquals(new Deferred("451 4.7.1 later"), SubmissionResult.of(exchange));
    }

    @Test
    void isDiscardedOnlyIfNothingFails() {
        view.submitted(MAIL);
        view.apply(new Verdict.Discard("spam"));
        assertEquals(new Discarded(MAIL.id().text(), "spam"), SubmissionResult.of(exchange));
        IOException failure = new IOException("full");
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, failure);
        assertEquals(new Failed(failure), SubmissionResult.of(exchange));
    }

    @Test
    void isNoSuccessIfTheRouteEndsWithoutStoring() {
        exchange.getMessage().setBody(MAIL);
        SubmissionResult result = SubmissionResult.of(exchange);
        LeaveInQueueException left = assertThrows(LeaveInQueueException.class, () -> result.requireFinal("it stays"));
        assertEquals(
                "it stays: it was not stored: does routes/submit.camel.yaml end with storeItems?", left.getMessage());
    }
}
