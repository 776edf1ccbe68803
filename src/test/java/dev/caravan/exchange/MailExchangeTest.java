package dev.caravan.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.TransactedSend;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.MemoryShare;
import dev.caravan.net.ListenerKind;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.session.PolicyRequest.ConnectionQuestion;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionId;
import dev.caravan.smtp.Reply;
import dev.caravan.store.Stored;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.component.jms.JmsMessage;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.ExchangeHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MailExchangeTest {
    private static final SessionFacts FACTS = new SessionFacts(
                    new SessionId("SESSION1"),
                    ListenerKind.SMTP,
                    new InetSocketAddress("192.0.2.1", 1025),
                    new InetSocketAddress("192.0.2.25", 25))
            .greeted("client.example", true);
    private static final MailObject MAIL = ItemExamples.plain().mail();

    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final MailExchange view = MailExchange.of(exchange);

    @Test
    void hasNothingAtTheStart() {
        assertEquals(Disposition.DELIVER, view.disposition());
        assertEquals(Optional.empty(), view.request());
        assertEquals(Optional.empty(), view.reply());
        assertEquals(Optional.empty(), view.stored());
        assertEquals(Optional.empty(), view.failure());
        assertEquals(Optional.empty(), view.submitted());
        assertEquals(Optional.empty(), view.submittedMessageId());
        assertEquals(Optional.empty(), view.transaction());
        assertEquals(Optional.empty(), view.item());
        assertEquals(Optional.empty(), view.report());
        assertEquals(Optional.empty(), view.leftInQueueBecause());
        assertEquals(Optional.empty(), view.own(String.class));
        assertEquals(List.of(), view.storedToo());
        assertEquals(Set.of(), view.copies());
        assertEquals(List.of(), view.destinations().choices());
        assertFalse(view.isFinal());
        assertFalse(view.isDiscarded());
        assertThrows(IllegalStateException.class, view::requireRequest);
        assertThrows(IllegalStateException.class, view::message);
    }

    @Test
    void keepsTheRequestWhateverARouteMakesOfTheBody() {
        ConnectionQuestion request = new ConnectionQuestion(FACTS);
        view.begin(request);
        exchange.getMessage().setBody("a result of a bean");
        assertSame(request, MailExchange.of(exchange).requireRequest());
    }

    @Test
    void beginsWithTheDispositionOfTheTransaction() {
        view.begin(mail(Disposition.HOLD));
        assertEquals(Disposition.HOLD, view.disposition());
    }

    @Test
    void answersForARule() {
        view.apply(Verdict.refuse("not here"));
        assertEquals(Optional.of(Reply.of(550, "5.7.1", "not here")), view.reply());
        assertTrue(view.isFinal());
        assertTrue(exchange.isRouteStop());
        assertEquals(Disposition.DELIVER, view.disposition());
    }

    @Test
    void letsPassWithoutATrace() {
        view.apply(Verdict.PASS);
        assertFalse(view.isFinal());
        assertFalse(exchange.isRouteStop());
    }

    @Test
    void endsTheRouteWithADiscardButNotWithAHold() {
        view.apply(new Verdict.Hold("look at this"));
        assertFalse(view.isFinal());
        assertFalse(exchange.isRouteStop());
        assertEquals("look at this", view.dispositionReason());

        Exchange other = new DefaultExchange(exchange.getContext());
        MailExchange.of(other).apply(new Verdict.Discard("spam"));
        assertTrue(MailExchange.of(other).isFinal());
        assertTrue(MailExchange.of(other).isDiscarded());
        assertTrue(other.isRouteStop());
        assertEquals("spam", MailExchange.of(other).dispositionReason());
    }

    /** The strictest disposition wins, in any order: held mail is not lost by a later rule. */
    @ParameterizedTest
    @CsvSource({"HOLD,HOLD,HOLD", "HOLD,DISCARD,HOLD", "DISCARD,HOLD,HOLD", "DISCARD,DISCARD,DISCARD"})
    void keepsTheStrictestDisposition(Disposition first, Disposition second, Disposition kept) {
        view.apply(verdict(first));
        view.apply(verdict(second));
        assertEquals(kept, view.disposition());
    }

    @Test
    void discardsHeldMailThatCameBack() {
        view.apply(new Verdict.Hold("look at this"));
        view.discard("it came back");
        assertTrue(view.isDiscarded());
        assertEquals("it came back", view.dispositionReason());
        assertTrue(exchange.isRouteStop());
    }

    @Test
    void doesNotCountAFailureAsDiscarded() {
        view.discard("spam");
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, new IOException("disk"));
        assertFalse(view.isDiscarded());
        assertEquals("disk", view.failure().orElseThrow().getMessage());
        exchange.setException(new IOException("a later one"));
        assertEquals("a later one", view.failure().orElseThrow().getMessage());
    }

    @Test
    void findsTheMessageInTheRequestAndInTheBody() {
        exchange.getMessage().setBody(mail(Disposition.DELIVER));
        assertSame(MAIL, view.message());
        exchange.getMessage().setBody(MAIL);
        assertSame(MAIL, view.message());
    }

    @Test
    void replacesTheContentOfRequestAndMessage(@TempDir Path folder) throws Exception {
        Spool spool = new Spool(folder, 1024, MemoryShare.unlimited("content"));
        Content other = ItemExamples.content("Subject: other\r\n\r\n");
        exchange.getMessage().setBody(mail(Disposition.HOLD));
        view.replaceContent(other, spool);
        MailQuestion request = exchange.getMessage().getBody(MailQuestion.class);
        assertSame(other, request.mail().content());
        assertEquals(Disposition.HOLD, request.disposition());

        exchange.getMessage().setBody(MAIL);
        view.replaceContent(other, spool);
        assertSame(other, view.message().content());
        assertEquals(MAIL.id(), view.message().id());
    }

    /** Camel gives the parts of a split the same property values: one part must not change those of another. */
    @Test
    void sharesNoChangesWithThePartsOfASplit() {
        view.destinations(view.destinations().with("a.example", "first"));
        view.addCopy(Mailbox.parse("Archive@a.EXAMPLE"));
        view.storeToo(nothing());
        MailExchange part = MailExchange.of(ExchangeHelper.createCopy(exchange, true));
        part.destinations(part.destinations().with("b.example", "second"));
        part.addCopy(Mailbox.parse("other@a.example"));
        part.storeToo(nothing());
        assertEquals(1, view.destinations().choices().size());
        assertEquals(2, part.destinations().choices().size());
        assertEquals(Set.of("archive@a.example"), view.copies());
        assertEquals(Set.of("archive@a.example", "other@a.example"), part.copies());
        assertEquals(1, view.storedToo().size());
        assertEquals(2, part.storedToo().size());
    }

    @Test
    void remembersWhatADeliveryRouteConsumed() {
        QueueItem item = ItemExamples.plain();
        DeliveryReport report = new DeliveryReport(Instant.EPOCH, List.of());
        view.item(item);
        view.report(report);
        assertSame(item, view.item().orElseThrow());
        assertSame(report, view.report().orElseThrow());
    }

    /** routes/settle.camel.yaml sets the report by the name of its property. */
    @Test
    void takesTheReportThatARouteSets() {
        DeliveryReport report = new DeliveryReport(Instant.EPOCH, List.of());
        exchange.setProperty("deliveryReport", report);
        assertSame(report, view.report().orElseThrow());
    }

    @Test
    void remembersWhatASourceSubmitted() {
        view.submitted(MAIL);
        view.submittedMessageId(Optional.of("1@a.example"));
        assertSame(MAIL, view.submitted().orElseThrow());
        assertEquals(Optional.of("1@a.example"), view.submittedMessageId());
        exchange.getMessage().setBody(new Stored(MAIL.id()));
        assertEquals(MAIL.id(), view.stored().orElseThrow().id());
    }

    @Test
    void bringsTheBodyBack() {
        exchange.getMessage().setBody(MAIL);
        view.keepBody();
        exchange.getMessage().setBody("for a filter");
        view.restoreBody();
        assertSame(MAIL, exchange.getMessage().getBody());
    }

    @Test
    void rollsBackWhatStaysInItsQueue() {
        view.leaveInQueue("stopping");
        assertTrue(exchange.isRollbackOnly());
        assertTrue(exchange.isRouteStop());
        assertEquals(Optional.of("stopping"), view.leftInQueueBecause());
    }

    @Test
    void keepsOneOwnValueOfEachClass() {
        view.own("first");
        view.own(7);
        view.own("second");
        assertEquals(Optional.of("second"), view.own(String.class));
        assertEquals(Optional.of(7), view.own(Integer.class));
    }

    private static Verdict verdict(Disposition disposition) {
        return disposition == Disposition.HOLD ? new Verdict.Hold("hold") : new Verdict.Discard("discard");
    }

    private static MailQuestion mail(Disposition disposition) {
        return new MailQuestion(
                FACTS, MAIL, disposition, MemoryShare.unlimited("content").lease());
    }

    private static TransactedSend nothing() {
        return (TransactedSend) Proxy.newProxyInstance(
                TransactedSend.class.getClassLoader(),
                new Class<?>[] {TransactedSend.class},
                (proxy, method, arguments) -> null);
    }

    @Test
    void saysWhatTheBodyIsInsteadOfWhatAStepNeeds() {
        exchange.getMessage().setBody(MAIL);
        assertEquals(MAIL, view.requireBody(MailObject.class));
        exchange.getMessage().setBody(List.of());
        assertEquals(
                "the body is ListN (expected: MailObject)",
                assertThrows(IllegalStateException.class, () -> view.requireBody(MailObject.class))
                        .getMessage());
        exchange.getMessage().setBody(null);
        assertEquals(
                "the body is empty (expected: MailObject)",
                assertThrows(IllegalStateException.class, () -> view.requireBody(MailObject.class))
                        .getMessage());
        assertThrows(IllegalStateException.class, () -> view.requireMessage(JmsMessage.class));
    }
}
