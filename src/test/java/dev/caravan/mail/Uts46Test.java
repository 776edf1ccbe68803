package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.ibm.icu.text.IDNA;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Compares with ICU, whose tables are those of the standard. */
class Uts46Test {
    private static final IDNA ICU = IDNA.getUTS46Instance(IDNA.NONTRANSITIONAL_TO_ASCII
            | IDNA.NONTRANSITIONAL_TO_UNICODE
            | IDNA.CHECK_BIDI
            | IDNA.CHECK_CONTEXTJ
            | IDNA.USE_STD3_RULES);
    private static final String REFUSED = "refused";

    private static final List<String> DOMAINS = List.of(
            "faß.de",
            "STRAẞE.de",
            "Βόλος.gr",
            "βόλος.com",
            "نامه\u200cای.com",
            "क्\u200dष.com",
            "a\u200db.com",
            "a\u200cb.com",
            "مثال.إختبار",
            "عربي123.com",
            "123عربي.com",
            "אבג.a1",
            "☕.example",
            "i❤.ws",
            "👩\u200d💻.example",
            "EXAMPLE.COM",
            "BÜCHER.de",
            "bücher.de.",
            "bücher。de",
            "xn--bcher-kva.de",
            "XN--BCHER-KVA.de",
            "xn--fa-hia.de",
            "xn--a.de",
            "xn--.de",
            "xn--0.de",
            "xn--zn7c.com",
            "ab--cd.de",
            "-a.de",
            "a_b.de",
            "ａｂｃ.com",
            "①.com",
            "a..b",
            "café.fr",
            "cafe\u0301.fr",
            "\u0301a.de",
            "İstanbul.tr",
            "Ⅷ.com",
            "日本語。ＪＰ",
            "ex\u00adample.com",
            "x".repeat(64) + ".de",
            "\u2F868.com",
            "例え.テスト",
            "ỽ.com",
            "\u1E9E.de",
            "пример.рф",
            "аpple.com");

    @Test
    void agreesAboutDomains() {
        for (String domain : DOMAINS) {
            assertEquals(icu(domain), own(domain), domain);
        }
    }

    @Test
    void agreesAboutEachCharacterThatThisJavaKnows() {
        List<String> differ = new ArrayList<>();
        for (int point = 128; point <= Character.MAX_CODE_POINT; point++) {
            int type = Character.getType(point);
            if (type != Character.UNASSIGNED && type != Character.SURROGATE) {
                String around = isRightToLeft(point) ? "\u0627" : "a";
                String domain = around + Character.toString(point) + around + ".com";
                if (!icu(domain).equals(own(domain))) {
                    differ.add(String.format("U+%04X %s %s", point, icu(domain), own(domain)));
                }
            }
        }
        assertEquals(List.of(), differ);
    }

    @Test
    void agreesAboutRandomLabels() {
        Random random = new Random(7);
        int[] pool = "aZ09-xn\u00e4\u00dfÖ\u03c2Σ\u0301\u200c\u094d\u0915\u0627\u0628\u0661\u05d0é。ＡⅧﬁ日テ\u1e9e☕İıҐ"
                .codePoints()
                .toArray();
        for (int i = 0; i < 50_000; i++) {
            StringBuilder label = new StringBuilder();
            int length = 1 + random.nextInt(6);
            for (int k = 0; k < length; k++) {
                label.appendCodePoint(pool[random.nextInt(pool.length)]);
            }
            String domain = label + ".com";
            assertEquals(icu(domain), own(domain), domain);
        }
    }

    @Test
    void leavesNamesInAsciiAlone() {
        assertEquals("_x.ab--cd.xn--a.de", Uts46.toAscii("_x.AB--cd.xn--a.de"));
    }

    @Test
    void showsWhatALabelsStandFor() {
        assertEquals("bücher.example", Uts46.toUnicode("xn--bcher-kva.example"));
        assertEquals("bücher.example", Uts46.toUnicode("XN--BCHER-KVA.example"));
        // Not valid, or not what the standard would make of it: shown as it is.
        assertEquals("xn--a.example", Uts46.toUnicode("xn--a.example"));
        assertEquals("xn--Bcher-Kva9.example", Uts46.toUnicode("xn--Bcher-Kva9.example"));
        assertEquals("example.org", Uts46.toUnicode("example.org"));
    }

    private static boolean isRightToLeft(int point) {
        byte direction = Character.getDirectionality(point);
        return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
                || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
    }

    private static String icu(String domain) {
        IDNA.Info info = new IDNA.Info();
        StringBuilder ascii = new StringBuilder();
        ICU.nameToASCII(domain, ascii, info);
        return info.hasErrors() ? REFUSED : ascii.toString();
    }

    private static String own(String domain) {
        try {
            return Uts46.mappedToAscii(domain);
        } catch (IllegalArgumentException e) {
            return REFUSED;
        }
    }
}
