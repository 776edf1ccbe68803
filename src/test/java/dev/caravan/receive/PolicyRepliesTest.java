package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.exchange.ClientGoneException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.mail.MemoryShare;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.ListenerKind;
import dev.caravan.policy.StaleTableException;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolWriter;
import dev.caravan.session.Disposition;
import dev.caravan.session.InsufficientStorageException;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.ConnectionQuestion;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.PolicyRequest.SenderQuestion;
import dev.caravan.session.PolicyResult;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionId;
import dev.caravan.smtp.Reply;
import dev.caravan.store.StoreException;
import dev.caravan.store.StoreException.Certainty;
import dev.caravan.store.Stored;
import dev.caravan.trace.MailEvents;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client is answered for what a route left on the exchange, and what becomes of the content. */
class PolicyRepliesTest {
    private static final SessionFacts FACTS = facts();
    private static final MailObject MAIL = ItemExamples.plain().mail();
    private static final PolicyRequest CONNECTION = new ConnectionQuestion(FACTS);
    private static final PolicyRequest SENDER =
            new SenderQuestion(FACTS, ReversePath.NULL, MailParameters.NONE, OptionalLong.empty());
    private static final PolicyRequest RECIPIENT =
            new RecipientQuestion(FACTS, ReversePath.NULL, Recipient.of("b@example.net"), 0);

    @TempDir
    Path folder;

    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final List<String> events = new ArrayList<>();
    private Spool spool;
    private PolicyReplies replies;

    @BeforeEach
    void open() throws Exception {
        spool = new Spool(folder, 16, MemoryShare.unlimited("content"));
        replies = new PolicyReplies(spool, new MailEvents() {
            @Override
            public void discarded(MailObject mail, String reason) {
                events.add("discarded " + reason);
            }

            @Override
            public void inDoubt(String id, String reason) {
                events.add("in doubt " + reason);
            }
        });
    }

    static Stream<Arguments> requestsThatPass() {
        return Stream.of(
                Arguments.of(CONNECTION, "220 welcome"),
                Arguments.of(SENDER, "250 2.1.0 sender ok"),
                Arguments.of(RECIPIENT, "250 2.1.5 recipient ok"));
    }

    @ParameterizedTest
    @MethodSource("requestsThatPass")
    void letsPassWhatNoRuleRefuses(PolicyRequest request, String reply) {
        PolicyResult result = result(request);
        assertEquals(reply, result.reply().text());
        assertEquals(Disposition.DELIVER, result.disposition());
    }

    @Test
    void answersWithTheReplyOfARule() {
        MailExchange.of(exchange).apply(Verdict.defer("come back later"));
        assertEquals("451 4.7.1 come back later", result(RECIPIENT).reply().text());
    }

    @Test
    void keepsTheDispositionOfAnEarlyRuleForTheTransaction() {
        MailExchange.of(exchange).apply(new Verdict.Hold("look at this"));
        PolicyResult result = result(SENDER);
        assertTrue(result.reply().isPositive());
        assertEquals(Disposition.HOLD, result.disposition());
    }

    @Test
    void confirmsAMessageThatIsStored() {
        MailQuestion request = inFile();
        exchange.getMessage().setBody(new Stored(MAIL.id()));
        assertEquals(
                "250 2.0.0 ok queued as " + MAIL.id(), result(request).reply().text());
        assertTrue(isKept(request));
    }

    @Test
    void confirmsAMessageThatARuleDiscards() {
        MailQuestion request = inFile();
        MailExchange.of(exchange).apply(new Verdict.Discard("spam"));
        assertEquals("250 2.0.0 ok " + MAIL.id(), result(request).reply().text());
        assertEquals(List.of("discarded spam"), events);
        assertFalse(isKept(request));
    }

    @Test
    void passesOnARefusalOfAMessage() {
        MailQuestion request = inFile();
        MailExchange.of(exchange).reply(Reply.of(554, "5.4.6", "mail loop"));
        assertEquals("554 5.4.6 mail loop", result(request).reply().text());
        assertFalse(isKept(request));
    }

    /** 250 without a stored message would lose it: a route that forgets to store is our fault. */
    @Test
    void confirmsNothingThatIsNeitherStoredNorDiscarded() {
        assertEquals(451, result(inFile()).reply().code());
        MailExchange.of(exchange).reply(Reply.of(250, "2.0.0", "a positive reply of a rule"));
        assertEquals(451, result(inFile()).reply().code());
        exchange.getMessage().setBody("a result of a bean");
        assertEquals(451, result(inFile()).reply().code());
        MailExchange.of(exchange).apply(new Verdict.Hold("look at this"));
        assertEquals(451, result(inFile()).reply().code());
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new StoreException(Certainty.NOT_STORED, "no broker"), "451 4.3.0"),
                Arguments.of(new InsufficientStorageException("full"), "452 4.3.1"),
                Arguments.of(exhausted(), "452 4.3.1"),
                Arguments.of(new IllegalStateException(new StaleTableException("users")), "451 4.3.0"),
                Arguments.of(new IllegalStateException(new FileSystemException("spool")), "452 4.3.1"),
                Arguments.of(new IllegalStateException("a mistake"), "451 4.3.0"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void asksTheClientToComeBackAfterAFailure(Exception failure, String reply) {
        exchange.setException(failure);
        MailQuestion request = inFile();
        assertTrue(
                result(request).reply().text().startsWith(reply),
                () -> result(request).reply().text());
        assertFalse(isKept(request));
        assertTrue(result(SENDER).reply().text().startsWith(reply));
    }

    /** The message may be in a queue, whose item names this file. */
    @Test
    void keepsTheContentOfAMessageInDoubt() {
        MailQuestion request = inFile();
        exchange.setException(new StoreException(Certainty.IN_DOUBT, "connection lost"));
        assertEquals(451, result(request).reply().code());
        assertEquals(List.of("in doubt connection lost"), events);
        assertTrue(isKept(request));
    }

    @Test
    void removesTheContentOfAMessageWhoseClientHasGone() {
        MailQuestion request = inFile();
        exchange.setException(new ClientGoneException());
        assertFalse(result(request).reply().isPositive());
        assertFalse(isKept(request));
    }

    private static Exception exhausted() {
        return assertThrows(
                MemoryExhaustedException.class,
                () -> new MemoryShare("content", 1).lease().take(2));
    }

    private PolicyResult result(PolicyRequest request) {
        return replies.from(request, exchange);
    }

    private MailQuestion inFile() {
        try {
            SpoolWriter writer = spool.newContent();
            writer.append(ByteBuffer.wrap(new byte[1000]));
            return new MailQuestion(
                    FACTS,
                    MAIL.withContent(writer.finish()),
                    Disposition.DELIVER,
                    MemoryShare.unlimited("content").lease());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isKept(MailQuestion request) {
        return Files.exists(((Content.InFile) request.mail().content()).file());
    }

    private static SessionFacts facts() {
        return new SessionFacts(
                        new SessionId("SESSION1"),
                        ListenerKind.SMTP,
                        new InetSocketAddress("192.0.2.1", 1025),
                        new InetSocketAddress("192.0.2.25", 25))
                .greeted("client.example", true);
    }
}
