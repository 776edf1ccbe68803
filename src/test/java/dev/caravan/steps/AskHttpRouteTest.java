package dev.caravan.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.filter.Filters;
import dev.caravan.filter.HttpQuestions;
import dev.caravan.session.Disposition;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.ShippedRouteTest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The recipe {@code ask-http}, with a service that answers at once. */
class AskHttpRouteTest extends ShippedRouteTest {
    private static final Object REQUEST = new Object();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpSink service;

    @BeforeEach
    void start() throws Exception {
        service = new HttpSink();
        FilterAnswers answers = new FilterAnswers(Filters.unlimited(), threads, Decisions.NONE);
        context().getRegistry().bind("httpPolicy", new HttpPolicy(Decisions.NONE, answers, new HttpQuestions(threads)));
        set("ask.url", service.url());
        load("failures.camel.yaml", "recipes/ask-http.camel.yaml");
        context().start();
    }

    @AfterEach
    void stop() {
        service.close();
        threads.shutdown();
    }

    @Test
    void sendsWhatIsKnownAsJson() {
        service.answer(204, "");
        ask();
        HttpSink.Taken asked = service.taken().get(0);
        assertEquals("POST", asked.method());
        assertEquals("application/json", asked.header("Content-Type"));
        assertEquals("{\"recipient\":\"a@b.example\",\"stage\":\"recipient\"}", asked.body());
    }

    @Test
    void letsPassAndKeepsTheBody() {
        service.answer(200, "{\"answer\":\"pass\"}");
        Exchange asked = ask();
        assertEquals(REQUEST, asked.getMessage().getBody());
        assertFalse(MailExchange.of(asked).isFinal());
        assertNull(asked.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE));
    }

    @Test
    void refusesAsTheServiceSays() {
        service.answer(200, "{\"answer\":\"refuse\",\"status\":\"5.1.1\",\"text\":\"no such account\"}");
        assertEquals("550 5.1.1 no such account", reply(ask()));
    }

    @Test
    void holdsAsTheServiceSays() {
        service.answer(200, "{\"answer\":\"hold\",\"text\":\"new customer\"}");
        MailExchange asked = MailExchange.of(ask());
        assertEquals(Disposition.HOLD, asked.disposition());
        assertEquals("new customer", asked.dispositionReason());
    }

    @Test
    void defersWhenTheServiceFailsOrIsAway() {
        service.answer(500, "<html>");
        assertEquals("451 4.4.3", reply(ask()).substring(0, 9));
        service.answer(200, " ".repeat(70_000));
        assertEquals("451 4.4.3", reply(ask()).substring(0, 9), "an answer without end is none");
        service.close();
        Exchange asked = ask();
        assertEquals("451 4.4.3", reply(asked).substring(0, 9));
        assertNull(asked.getException());
    }

    /** Nothing waits for a service that is away, so that it costs little more than its own questions. */
    @Test
    void doesNotAskAServiceAgainAndAgainThatIsAway() {
        service.close();
        for (int i = 0; i < 20; i++) {
            ask();
        }
        String reply = reply(ask());
        assertTrue(reply.startsWith("451 4.3.2 the filter httpPolicy does not answer now"), reply);
    }

    private Exchange ask() {
        return template().request("direct:ask-http", exchange -> {
            exchange.getMessage().setBody(REQUEST);
            exchange.getMessage().setHeader("stage", "recipient");
            exchange.getMessage().setHeader("recipient", "a@b.example");
        });
    }

    private static String reply(Exchange asked) {
        return MailExchange.of(asked).reply().orElseThrow().text();
    }
}
