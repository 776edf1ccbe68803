package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.exchange.MailExchange;
import dev.caravan.smtp.Reply;
import dev.caravan.testkit.ShippedRouteTest;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which steps the route {@code receive-smtp} takes for a request, in which order. */
class ReceiveRouteTest extends ShippedRouteTest {
    private final List<String> steps = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({
        "connection, check-connection",
        "sender, storageGuard check-sender",
        "recipient, check-recipient",
        "mail, storageGuard check-mail intake submit",
        "unknown, check-connection"
    })
    void takesTheStepsOfTheStage(String stage, String expected) throws Exception {
        start("");
        ask(stage);
        assertEquals(expected, String.join(" ", steps));
    }

    @ParameterizedTest
    @CsvSource({
        "sender, storageGuard, storageGuard",
        "mail, storageGuard, storageGuard",
        "mail, check-mail, storageGuard check-mail",
        "mail, intake, storageGuard check-mail intake"
    })
    void endsBehindAStepThatAnswers(String stage, String answering, String expected) throws Exception {
        start(answering);
        Exchange asked = ask(stage);
        assertEquals(expected, String.join(" ", steps));
        assertEquals(
                "452 4.3.1 no room",
                MailExchange.of(asked).reply().orElseThrow().text());
    }

    @Test
    void leavesAFailureToTheSession() throws Exception {
        start("");
        Exchange asked = template().send("direct:smtp", exchange -> {
            exchange.getMessage().setHeader("stage", "mail");
            exchange.getMessage().setHeader("fails", true);
        });
        assertEquals("the table is broken", asked.getException().getMessage());
    }

    private void start(String answering) throws Exception {
        for (String bean : List.of("storageGuard", "intake")) {
            context().getRegistry().bind(bean, step(bean, answering));
        }
        load("failures.camel.yaml", "receive-smtp.camel.yaml");
        AdviceWith.adviceWith(context(), "receive-smtp", advice -> advice.replaceFromWith("direct:smtp"));
        context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                for (String route :
                        List.of("check-connection", "check-sender", "check-recipient", "check-mail", "submit")) {
                    from("direct:" + route).process(step(route, answering));
                }
            }
        });
        context().start();
    }

    private Processor step(String name, String answering) {
        return exchange -> {
            steps.add(name);
            if (exchange.getMessage().getHeader("fails") != null) {
                throw new IllegalStateException("the table is broken");
            }
            if (name.equals(answering)) {
                MailExchange.of(exchange).reply(Reply.of(452, "4.3.1", "no room"));
            }
        };
    }

    private Exchange ask(String stage) {
        return template().send("direct:smtp", exchange -> exchange.getMessage().setHeader("stage", stage));
    }
}
