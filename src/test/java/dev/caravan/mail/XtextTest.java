package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class XtextTest {
    @Test
    void everyOctetComesBack() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            all.append(c);
        }
        assertEquals(all.toString(), Xtext.decode(Xtext.encode(all.toString())));
    }

    @Test
    void encodesWhatIsNotPlain() {
        assertEquals("a+2Bb+3Dc+20d+0D+FF~!", Xtext.encode("a+b=c d\r\u00ff~!"));
    }

    @Test
    void refusesWhatIsNotXtext() {
        for (String bad : List.of("+", "+4", "+4g", "+2b", "a=b", "a b", "\u00e4", "\n")) {
            assertThrows(IllegalArgumentException.class, () -> Xtext.decode(bad), bad);
        }
        assertThrows(IllegalArgumentException.class, () -> Xtext.encode("\u0100"));
    }
}
