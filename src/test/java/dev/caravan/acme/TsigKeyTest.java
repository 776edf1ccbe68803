package dev.caravan.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.TSIG;

class TsigKeyTest {
    static Stream<String> keys() {
        return Stream.of(
                "hmac-sha256:acme.example.org:c2VjcmV0LXNlY3JldA==\n",
                "key \"acme.example.org\" {\n  algorithm hmac-sha256;\n  secret \"c2VjcmV0LXNlY3JldA==\";\n};\n",
                "# made by keymgr\nkey acme.example.org. { secret \"c2VjcmV0LXNlY3JldA==\"; algorithm HMAC-SHA256; }",
                "/* a\n comment */ key \"acme.example.org\" { // it\n algorithm \"hmac-sha256\"; secret c2VjcmV0LXNlY3JldA==; };");
    }

    @ParameterizedTest
    @MethodSource("keys")
    void readsTheFormsThatToolsWrite(String text) {
        TSIG key = TsigKey.parse(text);
        Message message = new Message(1);
        key.apply(message, null);
        assertEquals("acme.example.org.", message.getTSIG().getName().toString());
        assertEquals("hmac-sha256.", message.getTSIG().getAlgorithm().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c2VjcmV0",
                "hmac-md5:name:c2VjcmV0",
                "hmac-sha256:name:c2V$jcmV0",
                "key \"name\" { algorithm hmac-sha256; };",
                "key \"name\" { secret \"c2VjcmV0\"; };"
            })
    void refusesTheRestWithoutQuotingIt(String text) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> TsigKey.parse(text));
        assertFalse(refused.toString().contains("c2V"), refused.toString());
    }

    @Test
    void anEmptySecretIsNone() {
        assertThrows(IllegalArgumentException.class, () -> TsigKey.parse("hmac-sha256:name:===="));
    }
}
