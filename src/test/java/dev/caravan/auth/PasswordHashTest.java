package dev.caravan.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Hashes that Dovecot, htpasswd and OpenSSL made, and those that cannot be used. */
class PasswordHashTest {
    private static final Secret RIGHT = new Secret("correct horse");
    private static final Secret WRONG = new Secret("correct horsf");

    @TestFactory
    Stream<DynamicTest> readsWhatOtherProgramsMade() {
        return Stream.of(
                        "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$QeB+6ATECL2EVbHvn/ZZKw$5gESd4TJSTLQdC0EkafyxDUGZErTnzKVsXg2vOi06jw",
                        "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$YGsEi24EL05eFsqayUGKsQ$bsgAGIRvFUh0ZwnPn4kGrwyOLkMl03J95bUYmLlnyfw",
                        "{BLF-CRYPT}$2y$05$WmarKpBnL7yDg6DM6cY6V.pV5yf5cfl97fYMTcYydXHziwDMdaCCK",
                        "{CRYPT}$2y$05$.eAVQSKINdNXjOJ1G7W3nuKADbQ.xydv7urZVbDmYSUH4oG14tQ5a",
                        "$2y$05$R5mToijNWLzoTAWnsOSVwuZiihPsvJFRNxbsHtRetpNFpMV9oj62K",
                        "{SHA512-CRYPT}$6$RYM5xhA2v/36raBI$hTYrblxhSWvWwpq2XXiuJNn/AEe/BMmV.Q9aUjh8mR9idLfKUvXkuGnTQGSlANFUxXrh1IXA9eu90p9qAiIWD1",
                        "$6$9uyaQsoJ3YgBHWMa$edvOFvjZYAvWOdTxt6QII7BFCyR38fmZhJ6NwP0qQ8UCKx7XolOSLCY3cCc5eAjKBLyKX/FGFqMjPCZXoz5oM0",
                        "{SHA256-CRYPT}$5$6TYMgX4XkQ5A6Tqm$GctSdzs8b4IlX3sAgbDAkNOjWPFUCeo6e4MiaIpu4w8",
                        "{SSHA}L08+q7AVuphn4dB5OE0Q7eaVtAlptHiW",
                        "{SSHA256}SUJQIckTQi3BosxmhSWmi6gTjSCy7o43p3Ox9tdZpaCqquiY",
                        "{SSHA256.HEX}24c7b4d2e0ca4075996cbc823a164fd82e00e8489c5beae6fcce31bb6414b574606bd5b2",
                        "{SSHA512}dr3B6XgcK5fYE3ECRLh23ko7mj/Ih2vWmb05RHD4oyAUSlabyhYcDZqNZET7GGfbyyGVWa5uGdVFjoM+DW8X2lckeZU=",
                        "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
                        "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=",
                        "{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==",
                        "{SCRAM-SHA-256}4096,7whp2Dkk+pnhgRVY7c3gVw==,/do/I+N1jK796046NV2AuzSloITTsAK5jGKtrRSBn9U=,OuCOW5S+cjtWs81bt01IN0hsiMdHe8d08/EVfao5aoY=",
                        "{SCRAM-SHA-1}4096,uEaRL2M53jtUqlStqbdTfA==,wwL8tKjT7Dpp9MtLJ25W25PtB20=,OuB3zjLyxTZUDi4c8Bq3fDjeMdg=")
                .map(written -> DynamicTest.dynamicTest(written.substring(0, 14), () -> {
                    PasswordHash hash = PasswordHash.parse(written);
                    assertTrue(hash.matches(RIGHT), "the password");
                    assertFalse(hash.matches(WRONG), "another one");
                    assertFalse(hash.matches(new Secret("")), "none");
                    assertEquals(written, hash.text());
                    assertFalse(hash.toString().contains(written.substring(16)), "shows itself");
                }));
    }

    @TestFactory
    Stream<DynamicTest> refusesWhatCannotBeCheckedAndShowsNoneOfIt() {
        String salted = "$abcdefghijklmnopqrstuv$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH";
        return Stream.of(
                        "",
                        "correct horse",
                        "secretsecret",
                        "{PLAIN}secretsecret",
                        "{MD5-CRYPT}$1$secretse$cretsecret",
                        "{ARGON2ID}secretsecret",
                        "{ARGON2ID}$argon2id$v=19$m=9999999,t=2,p=1" + salted,
                        "{ARGON2ID}$argon2id$v=19$m=1024,t=999,p=1" + salted,
                        "{ARGON2ID}$argon2id$v=19$m=1024,t=2,p=999" + salted,
                        "{ARGON2ID}$argon2id$v=19$m=4,t=2,p=1" + salted,
                        "{BLF-CRYPT}$2y$31$WmarKpBnL7yDg6DM6cY6V.pV5yf5cfl97fYMTcYydXHziwDMdaCCK",
                        "{SHA512-CRYPT}$6$rounds=999999999$secretse$" + "s".repeat(86),
                        "{SSHA}secretsecret",
                        "{SSHA256.HEX}secretsecret",
                        "{SCRAM-SHA-256}1,7whp2Dkk+pnhgRVY7c3gVw==,AAAA,AAAA",
                        "{SCRAM-SHA-256}4096,!,AAAA,AAAA")
                .map(written -> DynamicTest.dynamicTest("'" + written + "'", () -> {
                    IllegalArgumentException e =
                            assertThrows(IllegalArgumentException.class, () -> PasswordHash.parse(written));
                    assertTrue(String.valueOf(e.getMessage()).contains("(expected: "), e.getMessage());
                    assertFalse(e.toString().contains("secretse"), e.getMessage());
                }));
    }

    @Test
    void newHashesAreSaltedArgon2id() {
        PasswordHash one = PasswordHash.of(RIGHT);
        assertTrue(one.text().startsWith("{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$"), one.text());
        assertTrue(one.matches(RIGHT));
        assertFalse(one.matches(WRONG));
        assertNotEquals(one.text(), PasswordHash.of(RIGHT).text());
    }

    /** Each keyboard writes an umlaut in its own way (RFC 4013). */
    @Test
    void aPasswordIsTheSameFromEachKeyboard() {
        PasswordHash hash = PasswordHash.of(
                Passwords.prepared(new Secret("gr\u00fc\u00dfe")).orElseThrow());
        assertTrue(hash.matches(new Secret("gr\u00fc\u00dfe")));
        assertTrue(hash.matches(new Secret("gru\u0308\u00dfe")));
        assertFalse(hash.matches(new Secret("gru\u00dfe")));
    }

    /** Dovecot hashes what was typed. */
    @Test
    void readsPasswordsThatNobodyPrepared() {
        assertTrue(PasswordHash.parse(
                        "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$ivBTyHmb73GbYBYLauwhtQ$FPS9H4d4zfrgLDBMiH6hE/Fn6ZEJVS78wZqyQcYb2O4")
                .matches(new Secret("gr\u00fc\u00dfe")));
    }

    @Test
    void refusesPasswordsThatNobodyCouldType() {
        assertTrue(Passwords.prepared(new Secret("")).isEmpty());
        assertTrue(Passwords.prepared(new Secret("a\u0007b")).isEmpty());
        assertTrue(Passwords.prepared(new Secret("x".repeat(Passwords.MAX + 1))).isEmpty());
        assertTrue(Passwords.prepared(new Secret("a\nb")).isEmpty());
    }
}
