package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.smtp.Reply;
import org.junit.jupiter.api.Test;

class VerdictTest {
    @Test
    void answersInTheRulesOwnWords() {
        assertEquals(new Verdict.Answer(Reply.of(550, "5.7.1", "no robots")), Verdict.refuse("no robots"));
        assertEquals(new Verdict.Answer(Reply.of(451, "4.7.1", "not now")), Verdict.defer("not now"));
    }

    @Test
    void refusesAPositiveAnswer() {
        assertThrows(IllegalArgumentException.class, () -> new Verdict.Answer(Reply.of(250, "2.0.0", "fine")));
    }

    @Test
    void wantsAReasonForWhatNobodySees() {
        assertThrows(IllegalArgumentException.class, () -> new Verdict.Discard(" "));
        assertThrows(IllegalArgumentException.class, () -> new Verdict.Hold(""));
    }
}
