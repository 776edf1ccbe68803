package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusedCommandTest {
    @ParameterizedTest
    @CsvSource({
        "AUTH PLAIN AGFsaWNlAHNlY3JldA==, AUTH from <s@x.example>",
        "auth login, AUTH from <s@x.example>",
        "AUTH:secret, AUTH from <s@x.example>",
        "c2VjcmV0, unknown from <s@x.example>",
        "secret word, unknown from <s@x.example>",
        "'', unknown from <s@x.example>",
        "XPASS secret, unknown from <s@x.example>",
        "HELPsecret, unknown from <s@x.example>",
        "NOOP secret, NOOP from <s@x.example>",
        "EHLO client.example, EHLO from <s@x.example>",
        "MAIL FROM:<a@b.example> SIZE=10 AUTH=secret, MAIL from <a@b.example>",
        "mail from: a@b.example, MAIL from a@b.example",
        "MAIL secret, MAIL",
        "MAIL FROM:<, MAIL from <",
        "RCPT TO:<\"a b\"@c.example> NOTIFY=NEVER, RCPT from <s@x.example> to <\"a b\"@c.example>",
        "RCPT TO:b, RCPT from <s@x.example> to b",
        "RCPT secret, RCPT from <s@x.example>",
        "content, content from <s@x.example>",
    })
    void namesVerbsAndAddressesOnly(String line, String logged) {
        assertEquals(logged, RefusedCommand.of(line, "<s@x.example>").toString());
    }
}
