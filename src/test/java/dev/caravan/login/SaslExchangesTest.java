package dev.caravan.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SaslExchangesTest {
    private static final String NONCE = "rOprNGfwEbeRWgbNEkqO";
    private static final String FIRST =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    private static SaslExchange begin(Mechanism mechanism) {
        Login login = new Login("office", "user", new Secret("pencil"), List.of(mechanism), false);
        return SaslExchanges.begin(mechanism, login, "mx.example", 587, () -> NONCE);
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] octets) {
        return new String(octets, StandardCharsets.UTF_8);
    }

    private static String initial(SaslExchange exchange) {
        return text(exchange.initialResponse().orElseThrow());
    }

    /** RFC 7677 §3. */
    @Test
    void provesThatItKnowsThePasswordAndHasTheHostProveIt() throws Exception {
        SaslExchange exchange = begin(Mechanism.SCRAM_SHA_256);
        assertEquals("n,,n=user,r=" + NONCE, initial(exchange));
        assertEquals(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                text(exchange.respond(octets(FIRST))));
        assertFalse(exchange.isComplete(), "without the host's proof a yes is not believed");
        assertEquals("", text(exchange.respond(octets("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))));
        assertTrue(exchange.isComplete());
    }

    /** RFC 5802 §5. */
    @Test
    void doesSoWithTheOlderHash() throws Exception {
        Login login = new Login("office", "user", new Secret("pencil"), List.of(Mechanism.SCRAM_SHA_1), false);
        SaslExchange exchange =
                SaslExchanges.begin(Mechanism.SCRAM_SHA_1, login, "h", 25, () -> "fyko+d2lbbFgONRv9qkxdawL");
        assertEquals(
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                text(exchange.respond(
                        octets("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"))));
        assertEquals("", text(exchange.respond(octets("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="))));
        assertTrue(exchange.isComplete());
    }

    @Test
    void cancelsWhatScramDoesNotAllow() throws Exception {
        for (String challenge : List.of(
                "",
                "nonsense",
                "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                FIRST.replace("4096", "1000"),
                FIRST + "0000")) {
            SaslExchange exchange = begin(Mechanism.SCRAM_SHA_256);
            assertThrows(SaslExchange.FailedException.class, () -> exchange.respond(octets(challenge)), challenge);
            assertFalse(exchange.isComplete());
        }
        SaslExchange exchange = begin(Mechanism.SCRAM_SHA_256);
        byte[] unused = exchange.respond(octets(FIRST));
        assertThrows(
                SaslExchange.FailedException.class,
                () -> exchange.respond(octets("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsXl4mBo=")));
        assertFalse(exchange.isComplete());
        assertTrue(unused.length > 0);
    }

    @Test
    void saysEverythingAtOnceWithPlain() {
        assertEquals("\0user\0pencil", initial(begin(Mechanism.PLAIN)));
        assertThrows(
                SaslExchange.FailedException.class, () -> begin(Mechanism.PLAIN).respond(new byte[0]));
    }

    @Test
    void saysNameAndPasswordWithLogin() throws Exception {
        SaslExchange exchange = begin(Mechanism.LOGIN);
        assertEquals(Optional.empty(), exchange.initialResponse());
        assertEquals("user", text(exchange.respond(octets("Username:"))));
        assertEquals("pencil", text(exchange.respond(octets("Password:"))));
        assertThrows(SaslExchange.FailedException.class, () -> exchange.respond(octets("More:")));
    }

    @Test
    void answersTheReasonForWhichATokenIsRefused() throws Exception {
        SaslExchange google = begin(Mechanism.XOAUTH2);
        assertEquals("user=user\u0001auth=Bearer pencil\u0001\u0001", initial(google));
        assertEquals("", text(google.respond(octets("{\"status\":\"401\"}"))));
        assertEquals(Optional.of("{\"status\":\"401\"}"), google.refusal());
        assertFalse(google.isComplete());

        SaslExchange standard = begin(Mechanism.OAUTHBEARER);
        assertEquals(
                "n,a=user,\u0001host=mx.example\u0001port=587\u0001auth=Bearer pencil\u0001\u0001", initial(standard));
        assertEquals("\u0001", text(standard.respond(octets("{}"))));
    }

    @Test
    void noTextShowsASecret() {
        Login login = new Login("office", "user", new Secret("pencil"), List.of(Mechanism.PLAIN), false);
        assertFalse(login.toString().contains("pencil"), login.toString());
        assertEquals("office user", login.key());
    }
}
