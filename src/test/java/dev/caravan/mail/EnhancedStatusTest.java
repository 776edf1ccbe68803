package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class EnhancedStatusTest {
    private static final Pattern FORM = Pattern.compile("([245])\\.([0-9]{1,3})\\.([0-9]{1,3})(?= |$)");
    private static final String ALPHABET = "..2245017 x\u0661";

    @Test
    void readsTheCodeAReplyBeginsWith() {
        assertEquals(Optional.of(new EnhancedStatus(2, 1, 5)), EnhancedStatus.leading("2.1.5 Ok"));
        assertEquals(Optional.of(new EnhancedStatus(5, 999, 0)), EnhancedStatus.leading("5.999.000"));
        assertEquals(Optional.empty(), EnhancedStatus.leading("2.1.5Ok"));
        assertEquals(Optional.empty(), EnhancedStatus.leading("2.1.1234 Ok"));
        assertEquals(Optional.empty(), EnhancedStatus.leading("3.1.1 Ok"));
        assertEquals(Optional.empty(), EnhancedStatus.leading(""));
    }

    @Test
    void refusesWhatIsMoreThanACode() {
        assertEquals(new EnhancedStatus(4, 4, 10), EnhancedStatus.of("4.4.10"));
        for (String text :
                new String[] {"", "2", "2.", "2.1", "2.1.", "2..1", "2.1.1 ", "2.1.1.1", "22.1.1", "2.1.\u0661"}) {
            assertThrows(IllegalArgumentException.class, () -> EnhancedStatus.of(text), text);
        }
    }

    @Test
    void agreesWithTheFormOnRandomTexts() {
        Random random = new Random(3463);
        for (int round = 0; round < 200_000; round++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "2." : "");
            for (int i = random.nextInt(10); i > 0; i--) {
                text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
            assertEquals(expected(text.toString()), EnhancedStatus.leading(text.toString()), text.toString());
        }
    }

    private static Optional<EnhancedStatus> expected(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.lookingAt()
                ? Optional.of(new EnhancedStatus(
                        Integer.parseInt(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3))))
                : Optional.empty();
    }
}
