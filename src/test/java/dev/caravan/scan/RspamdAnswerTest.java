package dev.caravan.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.scan.RspamdAnswer.Action;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RspamdAnswerTest {
    @Test
    void readsWhatRspamdAdvises() {
        Map.of(
                        "no action", Action.NO_ACTION,
                        "add header", Action.ADD_HEADER,
                        "rewrite subject", Action.REWRITE_SUBJECT,
                        "greylist", Action.GREYLIST,
                        "soft reject", Action.SOFT_REJECT,
                        "reject", Action.REJECT,
                        "dance", Action.UNKNOWN)
                .forEach((word, action) -> assertEquals(
                        new RspamdAnswer(action, 7.5),
                        RspamdAnswer.of(200, "{\"score\":7.5,\"action\":\"" + word + "\",\"symbols\":{}}")));
    }

    @Test
    void showsTheScoreWithTwoDigits() {
        assertEquals(
                "15.00",
                RspamdAnswer.of(200, "{\"action\":\"reject\",\"score\":15}").shownScore());
    }

    @Test
    void knowsNothingByOtherAnswers() {
        for (String body : List.of("", "{", "[]", "1", "{\"error\":\"x\"}", "{\"action\":null}")) {
            assertEquals(Action.UNKNOWN, RspamdAnswer.of(200, body).action(), body);
        }
        assertEquals(
                Action.UNKNOWN,
                RspamdAnswer.of(503, "{\"action\":\"no action\"}").action());
    }
}
