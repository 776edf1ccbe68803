package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceSendersTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                                        | scanner@a.example     | true
                                                        | <>                    | true
                    scanner@a.example                   | scanner@a.example     | true
                    Scanner@A.example                   | sCanner@a.Example     | true
                    scanner@a.example                   | scanner@b.a.example   | false
                    scanner@a.example                   | scanner2@a.example    | false
                    scanner@a.example                   | <>                    | false
                    <>                                  | <>                    | true
                    <>                                  | x@a.example           | false
                    @a.example                          | anyone@A.EXAMPLE      | true
                    @a.example                          | anyone@b.example      | false
                    '@a.example, x@b.example <>'        | x@b.example           | true
                    '@a.example, x@b.example <>'        | y@b.example           | false
                    '@a.example, x@b.example <>'        | <>                    | true
                    """)
    void areThoseOfTheSetting(String setting, String sender, boolean isAllowed) {
        ReversePath path = sender.equals("<>") ? ReversePath.NULL : ReversePath.of(Mailbox.parse(sender));
        assertEquals(
                isAllowed, DeviceSenders.parse(setting == null ? "" : setting).contains(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"scanner", "@", "@-", "a@b@", "*", "a@b.example; c@d.example"})
    void areAddressesOrDomains(String setting) {
        assertThrows(IllegalArgumentException.class, () -> DeviceSenders.parse(setting));
    }

    @Test
    void haveNoGap() {
        assertEquals(DeviceSenders.parse("a@b.example,@c.example"), DeviceSenders.parse(" a@b.example ,, @c.example "));
    }
}
