package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.ForwardPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HttpAnswerTest {
    private static final ForwardPath B = ForwardPath.of("b@orders.test");
    private static final ForwardPath C = ForwardPath.of("c@orders.test");
    private static final Optional<String> HOST = Optional.of("api.test");

    @Test
    void failsOnlyForWhatIsAboutTheMailOrItsRecipient() {
        List<String> table = List.of(
                "200 delivered 2.0.0",
                "204 delivered 2.0.0",
                "301 deferred 4.3.0",
                "400 failed 5.6.0",
                "401 deferred 4.7.0",
                "403 deferred 4.7.1",
                "404 failed 5.1.1",
                "405 failed 5.3.0",
                "408 deferred 4.4.2",
                "409 deferred 4.3.0",
                "410 failed 5.1.6",
                "413 failed 5.3.4",
                "415 failed 5.6.1",
                "422 failed 5.6.0",
                "429 deferred 4.4.5",
                "451 failed 5.7.1",
                "500 deferred 4.3.0",
                "503 deferred 4.3.2",
                "504 deferred 4.4.1",
                "507 deferred 4.3.1",
                "599 deferred 4.3.0",
                "0 deferred 4.3.0",
                "999 deferred 4.3.0");
        for (String row : table) {
            int code = Integer.parseInt(row.substring(0, row.indexOf(' ')));
            RecipientResult result = new HttpAnswer(code, "words", HOST).result(B);
            assertEquals(row, code + " " + word(result));
            assertEquals("HTTP " + code + " words", result.diagnosis().reply());
        }
    }

    @Test
    void readsWhatABodySaysOfSingleRecipients() {
        Map<ForwardPath, RecipientResult> results = RecipientAnswers.read(
                "{\"recipients\":[{\"recipient\":\"b@orders.test\",\"status\":\"5.1.1\",\"text\":\"no\\r\\nsuch\"},"
                        + "{\"recipient\":\"c@orders.test\",\"status\":\"soon\"},"
                        + "{\"recipient\":\"no address\",\"status\":\"5.1.1\"},7,null]}",
                HOST);
        assertEquals(2, results.size());
        assertEquals("failed 5.1.1", word(results.get(B)));
        assertEquals("5.1.1 no?\nsuch", results.get(B).diagnosis().reply());
        assertEquals("deferred 4.5.0", word(results.get(C)));
    }

    @Test
    void takesABodyOfAnyOtherKindForNoAnswer() {
        for (String body : List.of(
                "",
                "ok",
                "{",
                "[]",
                "{\"recipients\":7}",
                "{\"recipients\":{\"recipient\":\"b@orders.test\",\"status\":\"5.1.1\"}}x",
                "{\"recipients\":[" + "[".repeat(5000))) {
            assertEquals(Map.of(), RecipientAnswers.read(body, HOST), body);
        }
    }

    private static String word(RecipientResult result) {
        return result.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + " "
                + result.diagnosis().status();
    }
}
