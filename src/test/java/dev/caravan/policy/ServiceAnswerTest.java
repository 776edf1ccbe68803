package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ServiceAnswerTest {
    private record Case(int code, String body, String reply, String reason) {}

    @TestFactory
    Stream<DynamicTest> refusesAndDefersAsTheServiceSays() {
        return Stream.of(
                        new Case(200, "{\"answer\":\"refuse\"}", "550 5.7.1 refused by policy", "no more said"),
                        new Case(
                                200,
                                "{\"answer\":\"refuse\",\"status\":\"5.1.1\",\"text\":\"gone\"}",
                                "550 5.1.1 gone",
                                "status and text"),
                        new Case(
                                200,
                                "{\"answer\":\"refuse\",\"status\":\"4.1.1\",\"text\":\"a\\r\\n250 b\u00e9\"}",
                                "550 5.7.1 a??250 b?",
                                "a status of another kind, and text that would be two lines"),
                        new Case(200, "{\"answer\":\"defer\"}", "451 4.7.1 try again later", "no more said"),
                        new Case(
                                200,
                                "{\"answer\":\"defer\",\"status\":\"4.2.2 x\",\"text\":\"full\"}",
                                "451 4.7.1 full",
                                "not a status"),
                        new Case(200, "{\"answer\":\"maybe\"}", unknown("unknown answer"), "no such answer"),
                        new Case(200, "{}", unknown("unknown answer"), "none"),
                        new Case(200, "[1]", unknown("unknown answer"), "no object"),
                        new Case(200, "pass", unknown("no JSON"), "no JSON"),
                        new Case(404, "{\"answer\":\"pass\"}", unknown("HTTP 404"), "a mistake, not an answer"),
                        new Case(302, "", unknown("HTTP 302"), "somewhere else"),
                        new Case(0, "", unknown("HTTP 0"), "no answer at all"))
                .map(each -> DynamicTest.dynamicTest(each.reason, () -> {
                    Verdict.Answer answer =
                            assertInstanceOf(Verdict.Answer.class, ServiceAnswer.of(each.code, each.body));
                    assertEquals(each.reply, answer.reply().text());
                }));
    }

    @Test
    void letsPassOrHoldsOrDiscards() {
        assertEquals(Verdict.PASS, ServiceAnswer.of(204, ""));
        assertEquals(Verdict.PASS, ServiceAnswer.of(200, " \n"));
        assertEquals(Verdict.PASS, ServiceAnswer.of(200, "{\"answer\":\"pass\",\"text\":\"known\"}"));
        assertEquals(new Verdict.Hold("odd"), ServiceAnswer.of(200, "{\"answer\":\"hold\",\"text\":\"odd\"}"));
        assertEquals(new Verdict.Discard("a service said so"), ServiceAnswer.of(201, "{\"answer\":\"discard\"}"));
    }

    private static String unknown(String reason) {
        return "451 4.4.3 cannot check this now, try again later (" + reason + ")";
    }
}
