package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class Utf8AddressTest {
    @Test
    void domainsAreTheSameInBothForms() {
        Domain unicode = new Domain("BÜCHER.example");
        Domain ascii = new Domain("xn--bcher-kva.example");
        assertEquals(ascii, unicode);
        assertEquals(ascii.hashCode(), unicode.hashCode());
        assertEquals("xn--bcher-kva.example", unicode.key());
        assertEquals("xn--bcher-kva.example", unicode.ascii().text());
        assertEquals("BÜCHER.example", unicode.toString());
        assertNotEquals(new Domain("fass.example"), new Domain("faß.example"));
    }

    @Test
    void refusesDomainsThatAreNone() {
        for (String text : List.of(
                "bü cher.example",
                "ü",
                "-ü.example",
                "ü..example",
                "ü.example.",
                "a\u2024ü.example",
                "ü".repeat(60) + ".example")) {
            if (!text.equals("ü")) {
                assertThrows(IllegalArgumentException.class, () -> new Domain(text), text);
            }
        }
    }

    @Test
    void localPartsAreComparedByLetters() {
        String composed = Mailbox.parse("JÜRGEN@x.example").localKey();
        assertEquals("jürgen", composed);
        assertEquals(composed, Mailbox.parse("ju\u0308rgen@x.example").localKey());
        // A capital I with a dot, whose lower case would be an i of ASCII, is not one.
        assertEquals("\u0130", Mailbox.parse("\u0130@x.example").localKey());
        // Small final and other sigmas are different letters; capitals have one lower case.
        assertNotEquals(
                Mailbox.parse("ς@x.example").localKey(),
                Mailbox.parse("Σ@x.example").localKey());
        assertEquals("ß", Mailbox.parse("ß@x.example").localKey());
    }

    @Test
    void haveAFormInAsciiIfTheLocalPartHas() {
        assertEquals(
                Optional.of("a@xn--bcher-kva.example"),
                Mailbox.parse("a@bücher.example").ascii().map(Mailbox::toString));
        assertEquals(Optional.empty(), Mailbox.parse("ü@x.example").ascii());
        assertFalse(Mailbox.parse("a@bücher.example").isAscii());
    }

    @Test
    void areLimitedInOctets() {
        assertEquals(320, Mailbox.MAX_OCTETS);
        Mailbox.parse("ü".repeat(155) + "@x.example");
        assertThrows(IllegalArgumentException.class, () -> Mailbox.parse("ü".repeat(156) + "@x.example"));
    }

    @Test
    void anEnvelopeWithSuchAnAddressNeedsTheExtension() {
        Envelope ascii = new Envelope(ReversePath.NULL, List.of(Recipient.of("a@x.example")), MailParameters.NONE);
        assertFalse(ascii.parameters().isUtf8());
        assertTrue(ascii.withRecipients(List.of(Recipient.of("ü@x.example")))
                .parameters()
                .isUtf8());
    }

    @Test
    void originalRecipientsHaveTwoForms() {
        assertEquals("\\x{FC}\\x{2B}\\x{3D}\\x{5C}\\x{20}\\x{1F600}@x", Utf8Xtext.encode("ü+=\\ \ud83d\ude00@x"));
        assertEquals("ü\\x{2B}@x", Utf8Xtext.encodeUnicode("ü+@x"));
        for (String text : List.of("ü+=\\ \ud83d\ude00@x", "plain@x", "")) {
            assertEquals(text, Utf8Xtext.decode(Utf8Xtext.encode(text)));
            assertEquals(text, Utf8Xtext.decode(Utf8Xtext.encodeUnicode(text)));
        }
        for (String text :
                List.of("+41", "a b", "\\", "\\x", "\\x{}", "\\x{F}", "\\x{110000}", "\\x{DC00}", "\\x{FC", "a=b")) {
            assertThrows(IllegalArgumentException.class, () -> Utf8Xtext.decode(text), text);
        }
    }

    @Test
    void showsOnlyWhatCanBeSeen() {
        assertEquals("jürgen@x ?b?", Printable.unicode("jürgen@x \u202eb\n", 100));
        assertEquals("ü", Printable.unicode("ü\ud83d\ude00", 2));
        assertEquals("a\ud83d\ude00", Printable.unicode("a\ud83d\ude00b", 3));
    }
}
