package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.Content;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MemoryShare;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ItemExamples;
import dev.caravan.session.Disposition;
import dev.caravan.session.PolicyRequest.ConnectionQuestion;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionId;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where a receiving route runs for a request. */
class RouteExecutorTest {
    private static final SessionFacts FACTS = new SessionFacts(
            new SessionId("SESSION1"),
            new InetSocketAddress("192.0.2.1", 1025),
            new InetSocketAddress("192.0.2.25", 25),
            "client.example",
            true);
    private static final NonBlockingStep NEVER = new NonBlockingStep() {};
    private static final NonBlockingStep READS_HEADER = new NonBlockingStep.ReadsHeader() {};
    private static final NonBlockingStep WRITES_REPORT = new NonBlockingStep.WritesSuccessReport() {};

    private final ExecutorService pool = Executors.newSingleThreadExecutor();
    private final RouteExecutor executor = new RouteExecutor(pool);

    @AfterEach
    void stop() {
        executor.shutdown();
    }

    @Test
    void runsEverythingApartUntilTheRoutesAreKnown() {
        assertFalse(executor.mayRunHere("receive", new ConnectionQuestion(FACTS)));
    }

    @Test
    void asksEachStepAboutAMessage() {
        executor.adapt(Map.of("receive", List.of(NEVER, READS_HEADER, WRITES_REPORT)));
        assertTrue(executor.mayRunHere("receive", new ConnectionQuestion(FACTS)));
        assertTrue(executor.mayRunHere("receive", mail(ItemExamples.content("Subject: small\r\n\r\n"))));
        assertFalse(executor.mayRunHere("receive", mail(new Content.InFile(Path.of("large"), 1 << 20))));
    }

    @Test
    void runsAMessageApartWhoseSenderAskedForAReport() {
        Recipient asking =
                new Recipient(ForwardPath.of("b@example.net"), Notify.of(Notify.Condition.SUCCESS), Optional.empty());
        MailObject mail = ItemExamples.with(List.of(asking)).mail();
        executor.adapt(Map.of("receive", List.of(NEVER, READS_HEADER)));
        assertTrue(executor.mayRunHere("receive", mail(mail)));
        executor.adapt(Map.of("receive", List.of(NEVER, READS_HEADER, WRITES_REPORT)));
        assertFalse(executor.mayRunHere("receive", mail(mail)));
    }

    @Test
    void runsEverythingApartWhenARouteThatBlocksReplacesAnother() {
        executor.adapt(Map.of("receive", List.of(NEVER)));
        executor.adapt(Map.of());
        assertFalse(executor.mayRunHere("receive", new ConnectionQuestion(FACTS)));
    }

    @Test
    void keepsRoutesApart() {
        executor.adapt(Map.of("other", List.of(NEVER)));
        assertFalse(executor.mayRunHere("receive", new ConnectionQuestion(FACTS)));
        assertTrue(executor.mayRunHere("other", new ConnectionQuestion(FACTS)));
    }

    private static MailQuestion mail(Content content) {
        return mail(ItemExamples.plain().mail().withContent(content));
    }

    private static MailQuestion mail(MailObject mail) {
        return new MailQuestion(
                FACTS,
                mail,
                Disposition.DELIVER,
                MemoryShare.unlimited("content").lease());
    }
}
