package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
    private static final EnhancedStatus LATER = EnhancedStatus.of("4.2.0");

    @Test
    void saysWhichCommandAReplyAnswers() {
        Diagnosis diagnosis = Diagnosis.inReply(LATER, "mx.example", "450-a\n450 b", "RCPT TO");
        assertEquals("450-a\n450 b (in reply to RCPT TO)", diagnosis.reply());
        assertEquals("450-a\n450 b", diagnosis.said());
        Diagnosis bare = Diagnosis.inReply(LATER, "mx.example", "450 ", "end of DATA");
        assertEquals("450 (in reply to end of DATA)", bare.reply());
        assertEquals("450", bare.said());
    }

    @Test
    void hasRoomForItsNotes() {
        Diagnosis diagnosis = Diagnosis.inReply(LATER, "mx.example", "450 " + "x".repeat(2000), "RCPT TO");
        assertEquals(Diagnosis.MAX_REPLY, diagnosis.reply().length());
        assertTrue(diagnosis.reply().endsWith("xxx (in reply to RCPT TO)"));
        Diagnosis doubted = diagnosis.withEarlierDoubt();
        assertTrue(doubted.mayHaveArrived());
        assertEquals(doubted, doubted.withEarlierDoubt());
        assertTrue(doubted.reply().length() <= Diagnosis.MAX_REPLY);
        Diagnosis brief =
                Diagnosis.inReply(LATER, "mx.example", "450 b", "RCPT TO").withEarlierDoubt();
        assertEquals("450 b\n(the message may have arrived at an earlier attempt)", brief.said());
    }

    @Test
    void leavesAloneWhatLooksLikeItsNotes() {
        String odd = "450 b (in reply to you) c";
        assertEquals(odd, new Diagnosis(LATER, Optional.of("mx.example"), odd).said());
        assertEquals(
                "a (in reply to b", Diagnosis.ours("4.3.0", "a (in reply to b").said());
        assertFalse(Diagnosis.ours("4.3.0", "connection lost").mayHaveArrived());
    }
}
