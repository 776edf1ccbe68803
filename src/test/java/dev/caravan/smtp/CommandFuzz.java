package dev.caravan.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Domain;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Xtext;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A command line is a command or is refused in a fit reply; a command that is written again is read as the same. */
public final class CommandFuzz {
    static final CommandParser PARSER = new CommandParser(new Domain("mx.example"), false);

    private static final Extensions OFFERED = Extensions.all(1000);
    private static final Set<Integer> REFUSALS = Set.of(421, 500, 501, 553, 555);
    /** RFC 5321 §4.5.3.1.5, without CRLF. */
    private static final int LONGEST_REPLY = 510;

    private CommandFuzz() {}

    public static void run(byte[] octets) {
        tried(printable(octets));
    }

    /** The decoder passes on printable ASCII, and in some commands UTF-8 without control characters. */
    static String printable(byte[] octets) {
        return new String(octets, StandardCharsets.UTF_8).replaceAll("\\p{Cc}", "");
    }

    static void tried(String line) {
        Command command;
        try {
            command = PARSER.parse(line, OFFERED);
        } catch (SmtpSyntaxException e) {
            assertTrue(REFUSALS.contains(e.reply().code()), e.reply().text());
            assertTrue(e.reply().text().length() <= LONGEST_REPLY, e.reply().text());
            return;
        }
        String again = written(command);
        try {
            assertEquals(command, PARSER.parse(again, OFFERED), again);
        } catch (SmtpSyntaxException e) {
            throw new AssertionError(again, e);
        }
    }

    private static String written(Command command) {
        if (command instanceof Command.Mail mail) {
            return "MAIL FROM:" + mail.reversePath() + parameters(mail);
        }
        if (command instanceof Command.Rcpt rcpt) {
            return "RCPT TO:" + rcpt.recipient().path() + parameters(rcpt);
        }
        if (command instanceof Command.Bdat chunk) {
            return "BDAT " + chunk.octets() + (chunk.isLast() ? " LAST" : "");
        }
        if (command instanceof Command.Helo helo) {
            return "HELO " + helo.client();
        }
        if (command instanceof Command.Ehlo ehlo) {
            return "EHLO " + ehlo.client();
        }
        if (command instanceof Command.Vrfy vrfy) {
            return "VRFY " + vrfy.text() + " SMTPUTF8";
        }
        if (command instanceof Command.Expn expn) {
            return "EXPN " + expn.text();
        }
        if (command instanceof Command.Unknown unknown) {
            return unknown.verb();
        }
        return command.getClass().getSimpleName().toUpperCase(Locale.ROOT);
    }

    private static String parameters(Command.Mail mail) {
        if (!mail.extended()) {
            return "";
        }
        // BODY=7BIT is the default; to say it keeps the command an extended one.
        StringBuilder text = new StringBuilder(
                switch (mail.parameters().body()) {
                    case SEVEN_BIT -> " BODY=7BIT";
                    case EIGHT_BIT_MIME -> " BODY=8BITMIME";
                    case BINARY -> " BODY=BINARYMIME";
                });
        text.append(mail.parameters().isUtf8() ? " SMTPUTF8" : "");
        mail.declaredSize().ifPresent(size -> text.append(" SIZE=").append(size));
        mail.parameters()
                .returned()
                .ifPresent(
                        returned -> text.append(returned == MailParameters.Returned.FULL ? " RET=FULL" : " RET=HDRS"));
        mail.parameters().envelopeId().ifPresent(id -> text.append(" ENVID=").append(Xtext.encode(id)));
        return text.toString();
    }

    private static String parameters(Command.Rcpt rcpt) {
        Recipient recipient = rcpt.recipient();
        StringBuilder text = new StringBuilder();
        recipient
                .notification()
                .asked()
                .ifPresent(asked -> text.append(" NOTIFY=")
                        .append(
                                asked.isEmpty()
                                        ? "NEVER"
                                        : asked.stream()
                                                .map(Notify.Condition::name)
                                                .collect(Collectors.joining(","))));
        recipient
                .original()
                .ifPresent(original -> text.append(" ORCPT=")
                        .append(original.type())
                        .append(';')
                        .append(
                                original.isUtf8()
                                        ? Utf8Xtext.encode(original.address())
                                        : Xtext.encode(original.address())));
        return text.toString();
    }
}
