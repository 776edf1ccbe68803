package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class XtextTest {
    @Test
    void encodesPlusEqualsAndWhatIsNotVisible() {
        assertEquals("a+2Bb+3Dc+20d+0A", Xtext.encode("a+b=c d\n"));
    }

    @Test
    void decodesEveryOctetItEncodes() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            all.append(c);
        }
        assertEquals(all.toString(), Xtext.decode(Xtext.encode(all.toString())));
    }

    @Test
    void refusesWhatIsNotXtext() {
        for (String text : List.of("+", "a+2", "+2b", "+GG", "a=b", "a b", "\u00e4", "a\n")) {
            assertThrows(IllegalArgumentException.class, () -> Xtext.decode(text), text);
        }
    }
}
