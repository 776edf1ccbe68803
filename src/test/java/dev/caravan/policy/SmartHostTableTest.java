package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.login.LoginSettings;
import dev.caravan.login.Mechanism;
import dev.caravan.login.SmartHost;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.TlsPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmartHostTableTest {
    private static final SmartHostTable TABLE = SmartHostTable.parse(
            List.of(
                    "# comment",
                    "sales hosts=sales.example from=sales.test,boss@office.test to=*",
                    "partner",
                    "    hosts=a.example:25,b.example   # two",
                    "",
                    "    to=partner.test,*.partner.test otherwise=office",
                    "office",
                    "    to=* hosts=smtp.example:587",
                    "    user=relay@office.test token-endpoint=https://login.example/token",
                    "    client-id=id client-secret-file=office.secret scope=a,b",
                    "    recipients-per-day=10000 messages-per-minute=30",
                    "named hosts=c.example user=u password-file=p auth=plain,scram-sha-256",
                    "reports hosts=r.example from=<>"),
            Path.of("/home")::resolve);

    private static String choice(String sender, String domain) {
        ReversePath path = sender.isEmpty() ? ReversePath.NULL : ReversePath.of(Mailbox.parse(sender));
        return TABLE.choose(path, new Domain(domain)).map(SmartHost::name).orElse("-");
    }

    @ParameterizedTest
    @CsvSource({
        "a@sales.test, far.test, sales",
        "Boss@Office.test, far.test, sales",
        "boss@office.test, far.test, sales",
        "a@office.test, partner.test, partner",
        "a@office.test, mx.PARTNER.test, partner",
        "a@office.test, far.test, office",
        "'', far.test, office"
    })
    void theFirstThatFitsIsChosen(String sender, String domain, String expected) {
        assertEquals(expected, choice(sender, domain));
    }

    @Test
    void readsAllWords() {
        SmartHost office = TABLE.named("office").orElseThrow();
        assertEquals(TlsPolicy.VERIFY, office.tls());
        LoginSettings.Token token = (LoginSettings.Token) office.login().orElseThrow();
        assertEquals(List.of(Path.of("/home/office.secret")), token.files());
        assertEquals("a b", token.scope());
        assertEquals(List.of(Mechanism.XOAUTH2, Mechanism.OAUTHBEARER), token.mechanisms());
        assertEquals(OptionalInt.of(10000), office.limits().recipientsPerDay());
        assertEquals(
                "[a.example:25, b.example:587]",
                TABLE.named("partner").orElseThrow().hosts().toString());
        assertEquals(TlsPolicy.MAY, TABLE.named("partner").orElseThrow().tls());
        assertEquals(
                List.of(Mechanism.SCRAM_SHA_256, Mechanism.PLAIN),
                TABLE.named("named").orElseThrow().login().orElseThrow().mechanisms());
        assertTrue(TABLE.takes(new Domain("far.test")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Name hosts=a.example | lower-case letters",
                "a | no hosts",
                "a hosts=a.example hosts=b.example | given twice",
                "a hosts=a.example color=red | no such word: color",
                "a hosts=a.example user= | without a value",
                "a hosts=a.example user=u | without a secret",
                "a hosts=a.example password-file=p | no user",
                "a hosts=a.example user=u password-file=p tls=may | might be sent in clear",
                "a hosts=a.example user=u password-file=p auth=xoauth2 | auth=xoauth2 (expected: SCRAM-SHA-256",
                "a hosts=a.example user=u password-file=p token-endpoint=https://x/ | a password and a token",
                "a hosts=a.example user=u token-endpoint=http://x.example/ client-id=i client-secret-file=s | an https URL",
                "a hosts=a.example user=u token-endpoint=https://x.example/ client-id=i | without a secret",
                "a hosts=a.example tls=maybe | expected: none, may, encrypt or verify",
                "a hosts=a.example tls=may tls-names=b.example | expected: the level verify",
                "a hosts=a.example tls=may implicit-tls=yes | could go on in clear",
                "a hosts=a.example messages-per-day=0 | a number from 1 to",
                "a hosts=a.example otherwise=b | the name of another smart host",
                "' hosts=a.example' | a continuation line without an entry",
                "a hosts=a.example to=..bad | "
            })
    void saysWhatIsWrong(String line, String expected) {
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> SmartHostTable.parse(List.of(line), Path::of))
                        .getMessage());
        assertTrue(message.contains(expected == null ? "" : expected), message);
    }
}
