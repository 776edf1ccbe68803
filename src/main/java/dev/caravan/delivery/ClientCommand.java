package dev.caravan.delivery;

import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Xtext;
import dev.caravan.smtp.EsmtpExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes the client's commands, each with its line end (RFC 5321 §4.1.1). Its arguments are valid values. */
final class ClientCommand {
    static final String DATA = "DATA\r\n";
    static final String RSET = "RSET\r\n";
    static final String QUIT = "QUIT\r\n";
    static final String STARTTLS = "STARTTLS\r\n";

    static final String LONE_DOT = ".\r\n";

    private static final long MOST_SECONDS = 999_999_999;

    private ClientCommand() {}

    /** The only chunk of a content (RFC 3030 §2). */
    static String lastChunk(long octets) {
        return "BDAT " + octets + " LAST\r\n";
    }

    static String ehlo(Domain us) {
        return "EHLO " + us + "\r\n";
    }

    static String helo(Domain us) {
        return "HELO " + us + "\r\n";
    }

    /**
     * Begins a login (RFC 4954 §4).
     *
     * @param initial the initial response in base64, {@code =} for an empty one; empty for none.
     */
    static String auth(String mechanism, Optional<String> initial) {
        return "AUTH " + mechanism + initial.map(response -> " " + response).orElse("") + "\r\n";
    }

    static String mail(OutboundMail mail, PeerExtensions extensions) {
        StringBuilder line = new StringBuilder(80)
                .append("MAIL FROM:")
                .append(mail.envelope().reversePath());
        MailParameters parameters = mail.envelope().parameters();
        if (extensions.has(EsmtpExtension.SIZE)) {
            line.append(" SIZE=").append(mail.size());
        }
        if (parameters.body() == Body.BINARY && extensions.has(EsmtpExtension.BINARYMIME)) {
            line.append(" BODY=BINARYMIME");
        }
        if (parameters.body() == Body.EIGHT_BIT_MIME && extensions.has(EsmtpExtension.EIGHT_BIT_MIME)) {
            line.append(" BODY=8BITMIME");
        }
        if (parameters.isUtf8() && extensions.has(EsmtpExtension.SMTPUTF8)) {
            line.append(" SMTPUTF8");
        }
        if (extensions.has(EsmtpExtension.DSN)) {
            parameters
                    .returned()
                    .ifPresent(returned -> line.append(" RET=").append(returned == Returned.FULL ? "FULL" : "HDRS"));
            parameters.envelopeId().ifPresent(id -> line.append(" ENVID=").append(Xtext.encode(id)));
        }
        if (parameters.priority() != 0 && extensions.has(EsmtpExtension.MT_PRIORITY)) {
            line.append(" MT-PRIORITY=").append(parameters.priority());
        }
        if (extensions.has(EsmtpExtension.DELIVERBY)) {
            parameters
                    .deliverBy()
                    .ifPresent(by -> line.append(" BY=")
                            .append(secondsLeft(by, mail.sentAt()))
                            .append(';')
                            .append(by.mode().letter())
                            .append(by.isTraced() ? "T" : ""));
        }
        if (extensions.has(EsmtpExtension.AUTH) && parameters.authorization().isPresent()) {
            // Only a server that knows us can believe us (RFC 4954 §5).
            ReversePath submitter = parameters.authorization().get();
            line.append(" AUTH=")
                    .append(extensions.isLoggedIn() && !submitter.isNull() ? xtext(submitter.address()) : "<>");
        }
        return line.append("\r\n").toString();
    }

    /** An address in UTF-8 has another form of xtext (RFC 6531 §3.4). */
    private static String xtext(String address) {
        return address.chars().allMatch(c -> c <= '~') ? Xtext.encode(address) : Utf8Xtext.encode(address);
    }

    /** The seconds to a deadline; zero or less if it is over. At most nine digits (RFC 2852 §4). */
    static long secondsLeft(DeliverBy by, Instant now) {
        return Math.max(
                -MOST_SECONDS,
                Math.min(MOST_SECONDS, Duration.between(now, by.at()).toSeconds()));
    }

    static String rcpt(Recipient recipient, PeerExtensions extensions) {
        StringBuilder line = new StringBuilder(80).append("RCPT TO:").append(recipient.path());
        if (extensions.has(EsmtpExtension.DSN)) {
            recipient
                    .notification()
                    .asked()
                    .ifPresent(asked -> line.append(" NOTIFY=").append(notification(recipient.notification())));
            recipient
                    .original()
                    .ifPresent(original -> line.append(" ORCPT=")
                            .append(original.type())
                            .append(';')
                            .append(address(original, extensions)));
        }
        return line.append("\r\n").toString();
    }

    /** RFC 6533 §3: in UTF-8 for a server that takes it, else in ASCII. */
    private static String address(OriginalRecipient original, PeerExtensions extensions) {
        if (!original.isUtf8()) {
            return Xtext.encode(original.address());
        }
        return extensions.has(EsmtpExtension.SMTPUTF8)
                ? Utf8Xtext.encodeUnicode(original.address())
                : Utf8Xtext.encode(original.address());
    }

    private static String notification(Notify notification) {
        return notification.isNever()
                ? "NEVER"
                : notification.asked().orElseThrow().stream()
                        .sorted()
                        .map(Condition::name)
                        .collect(Collectors.joining(","));
    }
}
