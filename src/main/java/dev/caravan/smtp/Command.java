package dev.caravan.smtp;

import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.util.Optional;
import java.util.OptionalLong;

/** A command that a client gave, in correct syntax (RFC 5321 §4.1.1). */
public sealed interface Command {
    /**
     * HELO.
     *
     * @param client the client's name: 1 to 255 characters of %x21-7E, not necessarily a domain.
     */
    record Helo(String client) implements Command {}

    /**
     * EHLO.
     *
     * @param client the client's name: 1 to 255 characters of %x21-7E, not necessarily a domain.
     */
    record Ehlo(String client) implements Command {}

    /**
     * MAIL.
     *
     * @param reversePath where reports go.
     * @param parameters BODY, RET and ENVID.
     * @param declaredSize SIZE: how many octets the client declares for the content (RFC 1870 §6); empty if not given.
     * @param extended whether there was any parameter, which needs EHLO (RFC 5321 §4.1.1.11).
     * @param times the parameters that are about time, which are not in {@code parameters} yet.
     */
    record Mail(
            ReversePath reversePath,
            MailParameters parameters,
            OptionalLong declaredSize,
            boolean extended,
            MailTimes times)
            implements Command {
        /** Without parameters that are about time. */
        public Mail(ReversePath reversePath, MailParameters parameters, OptionalLong declaredSize, boolean extended) {
            this(reversePath, parameters, declaredSize, extended, MailTimes.NONE);
        }
    }

    /**
     * RCPT.
     *
     * @param recipient the forward-path with NOTIFY and ORCPT.
     * @param extended whether there was any parameter, which needs EHLO (RFC 5321 §4.1.1.11).
     */
    record Rcpt(Recipient recipient, boolean extended) implements Command {}

    /** DATA. */
    record Data() implements Command {}

    /**
     * BDAT (RFC 3030 §2).
     *
     * @param octets the size of the chunk that follows the command; 0 or more.
     * @param isLast whether the content ends with the chunk.
     */
    record Bdat(long octets, boolean isLast) implements Command {}

    /**
     * AUTH (RFC 4954 §4).
     *
     * @param mechanism as the client wrote it.
     * @param initial the initial response in base64; a single equals sign if it is empty; secret.
     */
    record Auth(String mechanism, Optional<String> initial) implements Command {
        @Override
        public String toString() {
            return "Auth[" + mechanism + "]";
        }
    }

    /** RSET. */
    record Rset() implements Command {}

    /** NOOP; its argument, if any, is ignored (RFC 5321 §4.1.1.9). */
    record Noop() implements Command {}

    /**
     * VRFY.
     *
     * @param text the name to verify.
     */
    record Vrfy(String text) implements Command {}

    /**
     * EXPN.
     *
     * @param text the list to expand.
     */
    record Expn(String text) implements Command {}

    /** STARTTLS (RFC 3207). */
    record StartTls() implements Command {}

    /**
     * XCLIENT, with which a proxy names its client.
     *
     * @param attributes for {@link ClientAttributes#parse}.
     */
    record Xclient(String attributes) implements Command {}

    /** HELP; its argument is ignored, because there is one page of help. */
    record Help() implements Command {}

    /** QUIT. */
    record Quit() implements Command {}

    /**
     * A command that the server does not know.
     *
     * @param verb in upper case, cut to 32 characters.
     */
    record Unknown(String verb) implements Command {}
}
