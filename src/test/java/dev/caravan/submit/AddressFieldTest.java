package dev.caravan.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Domain;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressFieldTest {
    private static final Domain DOMAIN = new Domain("a.example");

    /** {@code ~} stands for a fold. The third column is empty if the text stays as it is. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    alice                                | alice@a.example                            | alice@a.example
                    alice@b.example                      | alice@b.example                            |
                    Alice <alice>                        | alice@a.example                            | Alice <alice@a.example>
                    Alice <alice@b.example>              | alice@b.example                            |
                    "A, B" <ab>, carol                   | ab@a.example;carol@a.example               | "A, B" <ab@a.example>, carol@a.example
                    alice,~ bob (the <builder>, really)  | alice@a.example;bob@a.example              | alice@a.example,~ bob@a.example (the <builder>, really)
                    (a (nested) comment) alice           | alice@a.example                            | (a (nested) comment) alice@a.example
                    team: alice, Bob <bob@b.example>;, x | alice@a.example;bob@b.example;x@a.example  | team: alice@a.example, Bob <bob@b.example>;, x@a.example
                    undisclosed-recipients:;             |                                            |
                    "alice smith"                        | "alice smith"@a.example                    | "alice smith"@a.example
                    "a@b" <"a@b">                        | "a@b"@a.example                            | "a@b" <"a@b"@a.example>
                    "a\\"<x>" <alice>                    | alice@a.example                            | "a\\"<x>" <alice@a.example>
                    alice @ b . example                  | alice@b.example                            |
                    alice@[192.0.2.1]                    | alice@[192.0.2.1]                          |
                    <@x.example,@y.example:bob@z.example> | bob@z.example                             |
                    A <~ alice (c) >                     | alice@a.example                            | A <~ alice@a.example (c) >
                    <>                                   |                                            |
                    Alice Smith                          | Alice Smith                                |
                    Alice Smith, bob                     | Alice Smith;bob@a.example                  | Alice Smith, bob@a.example
                    =?utf-8?q?J=C3=BCrgen?= <j>          | j@a.example                                | =?utf-8?q?J=C3=BCrgen?= <j@a.example>
                    ,, ,alice,                           | alice@a.example                            | ,, ,alice@a.example,
                    "unclosed <alice                     | "unclosed <alice                           |
                    (unclosed alice                      | (unclosed alice                            |
                    <alice                               | <alice                                     |
                    a <b> <c>                            | a <b> <c>                                  |
                    alice@[unclosed                      | alice@[unclosed                            |
                    """)
    void completesWhatHasNoDomain(String body, String addresses, String completed) {
        AddressField field = AddressField.of(folded(body) + "\r\n", DOMAIN);
        assertEquals(addresses == null ? List.of() : List.of(addresses.split(";")), field.addresses());
        assertEquals(folded(completed == null ? body : completed) + "\r\n", field.completed());
    }

    private static String folded(String text) {
        return text.replace("~", "\r\n");
    }

    @Test
    void changesNothingASecondTime() {
        SplittableRandom random = new SplittableRandom(20);
        String octets = "ab@.,;:<>()[]\"\\ \t\r\n\u00fc\u00e9";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            random.ints(random.nextInt(30), 0, octets.length()).forEach(at -> text.append(octets.charAt(at)));
            String once = AddressField.of(text.toString(), DOMAIN).completed();
            assertEquals(once, AddressField.of(once, DOMAIN).completed(), () -> "of " + text);
        }
    }

    @Test
    void takesTimeInProportion() {
        for (String hostile : List.of("(", "<", "\"", "a@", "\\", ",", "a ", ": ", "()")) {
            assertTrue(
                    AddressField.of(hostile.repeat(100_000), DOMAIN).completed().length() >= 100_000);
        }
    }
}
