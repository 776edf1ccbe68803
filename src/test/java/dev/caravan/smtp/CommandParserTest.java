package dev.caravan.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class CommandParserTest {
    private static final String LOCAL_64 = "l".repeat(64);
    private static final String LABELS = ("d".repeat(59) + ".").repeat(3);

    private static final Extensions OFFERED = Extensions.all(52_428_800);

    private final CommandParser parser = new CommandParser(new Domain("mx.example"), false);

    private record Good(String line, String path, String reason) {}

    private record Bad(String line, int code, String status, String reason) {}

    @TestFactory
    Stream<DynamicTest> readsForwardPaths() {
        return Stream.of(
                        new Good("RCPT TO:<b@c.example>", "<b@c.example>", "plain"),
                        new Good("rcpt to:<b@c.example>   ", "<b@c.example>", "lower case, spaces at the end"),
                        new Good("RCPT  TO: <b@c.example>", "<b@c.example>", "spaces that real clients send"),
                        new Good("RCPT TO:<B@C.Example>", "<B@C.Example>", "case is kept"),
                        new Good("RCPT TO:<postmaster>", "<postmaster@mx.example>", "the one without domain"),
                        new Good("RCPT TO:<POSTMASTER>", "<POSTMASTER@mx.example>", "in any case"),
                        new Good(
                                "RCPT TO:<a.b+c_d!#$%&'*/=?^`{|}~-@x.example>",
                                "<a.b+c_d!#$%&'*/=?^`{|}~-@x.example>", "atext"),
                        new Good("RCPT TO:<\"a b\"@x.example>", "<\"a b\"@x.example>", "space in quotes"),
                        new Good("RCPT TO:<\"a>b@c\"@x.example>", "<\"a>b@c\"@x.example>", "specials in quotes"),
                        new Good("RCPT TO:<\"a\\\"b\\\\\"@x.example>", "<\"a\\\"b\\\\\"@x.example>", "quoted pairs"),
                        new Good("RCPT TO:<\"\"@x.example>", "<\"\"@x.example>", "empty quoted string"),
                        new Good("RCPT TO:<b@[192.0.2.1]>", "<b@[192.0.2.1]>", "IPv4 literal"),
                        new Good("RCPT TO:<b@[IPv6:2001:db8::1]>", "<b@[IPv6:2001:db8::1]>", "IPv6 literal"),
                        new Good("RCPT TO:<@a.example:b@c.example>", "<b@c.example>", "source route"),
                        new Good(
                                "RCPT TO:<@a.example,@[192.0.2.1]:b@c.example>",
                                "<b@c.example>",
                                "longer source route"),
                        new Good("RCPT TO:<@[IPv6:::1]:b@c.example>", "<b@c.example>", "route over a literal"),
                        new Good("RCPT TO:<@a.example:\"x:y\"@c.example>", "<\"x:y\"@c.example>", "colon behind route"),
                        new Good(
                                "RCPT TO:<" + LOCAL_64 + "@" + LABELS + "d.example>",
                                "<" + LOCAL_64 + "@" + LABELS + "d.example>",
                                "254 octets of mailbox"),
                        new Good(
                                "RCPT TO:<" + "l".repeat(200) + "@c.example>",
                                "<" + "l".repeat(200) + "@c.example>",
                                "local part of 200 octets"),
                        new Good(
                                "RCPT TO:<\"" + "q ".repeat(124) + "\"@c.example>",
                                "<\"" + "q ".repeat(124) + "\"@c.example>",
                                "quoted local part of 250 octets"),
                        new Good(
                                "RCPT TO:<" + "l".repeat(310) + "@c.example>",
                                "<" + "l".repeat(310) + "@c.example>",
                                "320 octets of mailbox"),
                        new Good(
                                "RCPT TO:<list-bounces+a=b.example@c.example>",
                                "<list-bounces+a=b.example@c.example>",
                                "VERP"),
                        new Good(
                                "RCPT TO:<SRS0=4f2a=QK=a.example=" + "u".repeat(64) + "@c.example>",
                                "<SRS0=4f2a=QK=a.example=" + "u".repeat(64) + "@c.example>",
                                "SRS"),
                        new Good(
                                "RCPT TO:<prvs=1234abcdef=" + "u".repeat(64) + "@c.example>",
                                "<prvs=1234abcdef=" + "u".repeat(64) + "@c.example>",
                                "BATV"))
                .map(good -> DynamicTest.dynamicTest(good.reason(), () -> {
                    Command.Rcpt rcpt = (Command.Rcpt) parser.parse(good.line(), OFFERED);
                    assertEquals(good.path(), rcpt.recipient().path().toString());
                }));
    }

    @TestFactory
    Stream<DynamicTest> refusesWithAReasonAndAnExpectation() {
        return Stream.of(
                        new Bad("", 500, "5.5.2", "empty line"),
                        new Bad(" NOOP", 500, "5.5.2", "space before the verb"),
                        new Bad("RCPT TO:<>", 501, "5.1.3", "null forward-path"),
                        new Bad("RCPT TO:<b>", 501, "5.1.3", "no domain"),
                        new Bad("RCPT TO:<@c.example>", 501, "5.1.3", "no local part"),
                        new Bad("RCPT TO:<b@>", 501, "5.1.3", "empty domain"),
                        new Bad("RCPT TO:<b@c.example", 501, "5.1.3", "no closing bracket"),
                        new Bad("RCPT TO:b@c.example", 501, "5.1.3", "no brackets"),
                        new Bad("RCPT TO:<b@c.example>x", 501, "5.1.3", "text behind the bracket"),
                        new Bad("RCPT TO:<.b@c.example>", 501, "5.1.3", "leading dot"),
                        new Bad("RCPT TO:<b.@c.example>", 501, "5.1.3", "trailing dot"),
                        new Bad("RCPT TO:<b..c@c.example>", 501, "5.1.3", "two dots"),
                        new Bad("RCPT TO:<\"b@c.example>", 501, "5.1.3", "open quote"),
                        new Bad("RCPT TO:<\"b\"c@c.example>", 501, "5.1.3", "text behind the quoted string"),
                        new Bad("RCPT TO:<b@c.example@d.example>", 501, "5.1.3", "two at signs"),
                        new Bad("RCPT TO:<b@c_.example>", 501, "5.1.3", "label ends with an underscore"),
                        new Bad("RCPT TO:<b@[c.example]>", 501, "5.1.3", "name in brackets"),
                        new Bad("RCPT TO:<b@[192.0.2.256]>", 501, "5.1.3", "IPv4 out of range"),
                        new Bad("RCPT TO:<b@[IPv6:fe80::1%eth0]>", 501, "5.1.3", "zone"),
                        new Bad("RCPT TO:<@a.example b@c.example>", 501, "5.1.3", "space in the route"),
                        new Bad("RCPT TO:<@a.example,b@c.example>", 501, "5.1.3", "route without at sign"),
                        new Bad("RCPT TO:<@a.example,:b@c.example>", 501, "5.1.3", "empty hop"),
                        new Bad("RCPT TO:<@a.example,>", 501, "5.1.3", "route and nothing else"),
                        new Bad("RCPT TO:<" + "l".repeat(311) + "@c.example>", 501, "5.1.3", "mailbox of 321"),
                        new Bad("RCPT TO:<" + "l".repeat(1900) + "@c.example>", 501, "5.1.3", "mailbox of 1910"),
                        new Bad("MAIL FROM:<" + "l".repeat(311) + "@c.example>", 501, "5.1.7", "mailbox of 321"),
                        new Bad("RCPT b@c.example", 501, "5.5.2", "no TO"),
                        new Bad("MAIL TO:<b@c.example>", 501, "5.5.2", "wrong keyword"),
                        new Bad("MAIL FROM:<postmaster>", 501, "5.1.7", "only recipients may do without a domain"),
                        new Bad("MAIL FROM:<a@b.example> =x", 555, "5.5.4", "no keyword"),
                        new Bad("MAIL FROM:<a@b.example> SIZE", 501, "5.5.4", "no value"),
                        new Bad("MAIL FROM:<a@b.example> SIZE=-1", 501, "5.5.4", "negative"),
                        new Bad("MAIL FROM:<a@b.example> SIZE=123456789012345678901", 501, "5.5.4", "21 digits"),
                        new Bad("MAIL FROM:<a@b.example> size=1 SIZE=1", 501, "5.5.4", "twice in any case"),
                        new Bad("MAIL FROM:<a@b.example> REQUIRETLS", 555, "5.5.4", "not announced"),
                        new Bad("MAIL FROM:<a@b.example> ENVID=" + "x".repeat(101), 501, "5.5.4", "long ENVID"),
                        new Bad("RCPT TO:<a@b.example> ORCPT=rfc822;a+E4@b", 501, "5.5.4", "ORCPT is not ASCII"),
                        new Bad("RCPT TO:<a@b.example> ORCPT=;a@b", 501, "5.5.4", "no type"),
                        new Bad("RCPT TO:<a@b.example> ORCPT=rfc822;", 501, "5.5.4", "no address"),
                        new Bad("RCPT TO:<a@b.example> NOTIFY=SUCCESS,", 501, "5.5.4", "empty condition"),
                        new Bad("QUIT x", 501, "5.5.4", "argument"),
                        new Bad("HELO", 501, "5.5.2", "no name"),
                        new Bad("EHLO " + "n".repeat(256), 501, "5.5.2", "name of 256 octets"))
                .map(bad -> DynamicTest.dynamicTest(bad.reason(), () -> {
                    Reply reply = assertThrows(SmtpSyntaxException.class, () -> parser.parse(bad.line(), OFFERED))
                            .reply();
                    assertEquals(bad.code(), reply.code(), reply.text());
                    assertEquals(bad.status(), reply.status().orElseThrow().toString());
                    assertTrue(reply.text().contains("expected: "), reply.text());
                    assertTrue(reply.text().length() <= 510, "a reply line has at most 512 octets with CRLF");
                }));
    }

    @Test
    void readsAllMailParameters() throws SmtpSyntaxException {
        assertEquals(
                new Command.Mail(
                        ReversePath.NULL,
                        MailParameters.NONE
                                .withBody(Body.EIGHT_BIT_MIME)
                                .withReturned(Optional.of(Returned.FULL))
                                .withEnvelopeId(Optional.of("a b")),
                        OptionalLong.of(12),
                        true),
                parser.parse("MAIL FROM:<> body=8BITMIME SIZE=12 RET=full ENVID=a+20b", OFFERED));
        assertEquals(
                new Command.Mail(ReversePath.NULL, MailParameters.NONE, OptionalLong.empty(), false),
                parser.parse("MAIL FROM:<>", OFFERED));
    }

    @Test
    void readsParametersAboutTimePriorityAndSubmitter() throws SmtpSyntaxException {
        Command.Mail mail = (Command.Mail) parser.parse(
                "MAIL FROM:<> HOLDUNTIL=2026-12-24t18:00:00.5+01:00 BY=-12;nT mt-priority=-9 AUTH=e+2Bmc2@example.com",
                OFFERED);
        assertEquals(
                new MailTimes(
                        Optional.empty(),
                        Optional.of(Instant.parse("2026-12-24T17:00:00.5Z")),
                        Optional.of(new MailTimes.By(-12, DeliverBy.Mode.NOTIFY, true))),
                mail.times());
        assertEquals(-9, mail.parameters().priority());
        assertEquals(
                "<e+mc2@example.com>",
                mail.parameters().authorization().orElseThrow().toString());
        mail = (Command.Mail) parser.parse("MAIL FROM:<> HOLDFOR=999999999 BY=+120;R AUTH=<>", OFFERED);
        assertEquals(
                new MailTimes(
                        Optional.of(Duration.ofSeconds(999_999_999)),
                        Optional.empty(),
                        Optional.of(new MailTimes.By(120, DeliverBy.Mode.RETURN, false))),
                mail.times());
        assertEquals(Optional.of(ReversePath.NULL), mail.parameters().authorization());
    }

    @Test
    void readsAllRecipientParameters() throws SmtpSyntaxException {
        assertEquals(
                new Command.Rcpt(
                        new Recipient(
                                Recipient.of("b@c.example").path(),
                                Notify.of(Notify.Condition.SUCCESS, Notify.Condition.DELAY),
                                Optional.of(new OriginalRecipient("rfc822", "x=y@z.example"))),
                        true),
                parser.parse("RCPT TO:<b@c.example> orcpt=rfc822;x+3Dy@z.example NOTIFY=delay,SUCCESS,delay", OFFERED));
    }

    @Test
    void namesUnknownVerbsInUpperCaseAndCutsThem() throws SmtpSyntaxException {
        assertEquals(new Command.Unknown("BDAT"), parser.parse("bdat 10 last", new Extensions(List.of(), 1000)));
        assertEquals(new Command.Unknown("X".repeat(32)), parser.parse("x".repeat(500), OFFERED));
        assertEquals(new Command.Unknown("RCPTTO:<B@C.EXAMPLE>"), parser.parse("RCPTTO:<b@c.example>", OFFERED));
    }

    @Test
    void readsTheSizeOfAChunk() throws SmtpSyntaxException {
        assertEquals(new Command.Bdat(10, true), parser.parse("bdat 10 last", OFFERED));
        assertEquals(new Command.Bdat(0, false), parser.parse("BDAT  00", OFFERED));
        assertEquals(
                new Command.Bdat(999_999_999_999_999_999L, false), parser.parse("BDAT 999999999999999999", OFFERED));
        for (String line :
                List.of("BDAT", "BDAT -1", "BDAT +1", "BDAT 1 LASTS", "BDAT 1000000000000000000", "BDAT 1,2")) {
            assertEquals(
                    421,
                    assertThrows(SmtpSyntaxException.class, () -> parser.parse(line, OFFERED))
                            .reply()
                            .code(),
                    line);
        }
    }

    @Test
    void announcesExactlyWhatWorks() {
        assertEquals(
                "PIPELINING,SIZE 52428800,8BITMIME,ENHANCEDSTATUSCODES,DSN,STARTTLS,LIMITS RCPTMAX=1000,MT-PRIORITY MIXER,"
                        + "DELIVERBY 10,CHUNKING,BINARYMIME,SMTPUTF8,FUTURERELEASE 604800 2026-12-08T12:00:00Z",
                String.join(",", OFFERED.lines(Instant.parse("2026-12-01T12:00:00.5Z"))));
    }

    @Test
    void takesTheParametersOfWhatIsOfferedOnly() throws SmtpSyntaxException {
        Extensions few = new Extensions(List.of(EsmtpExtension.PIPELINING, EsmtpExtension.SIZE), 1000);
        assertEquals(List.of("PIPELINING", "SIZE 1000"), few.lines(Instant.EPOCH));
        assertTrue(parser.parse("MAIL FROM:<> SIZE=12", few) instanceof Command.Mail);
        assertEquals(
                "555 5.5.4 unknown parameter BODY (expected: SIZE)",
                assertThrows(SmtpSyntaxException.class, () -> parser.parse("MAIL FROM:<> BODY=8BITMIME", few))
                        .reply()
                        .text());
        assertEquals(
                "555 5.5.4 unknown parameter NOTIFY (expected: none)",
                assertThrows(SmtpSyntaxException.class, () -> parser.parse("RCPT TO:<b@c.example> NOTIFY=NEVER", few))
                        .reply()
                        .text());
    }
}
