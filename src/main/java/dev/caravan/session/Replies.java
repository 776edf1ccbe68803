package dev.caravan.session;

import dev.caravan.mail.Domain;
import dev.caravan.smtp.Extensions;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The replies that the server makes itself, as opposed to those of routes. */
final class Replies {
    static final Reply OK = Reply.of(250, "2.0.0", "ok");
    static final Reply RECIPIENT_AGAIN = Reply.of(250, "2.1.5", "recipient ok, already given");
    static final Reply SEND_CONTENT = Reply.plain(354, "send the content, end it with a dot on a line of its own");
    static final Reply VERIFY = Reply.of(252, "2.5.2", "cannot verify, but will accept mail and attempt delivery");
    static final Reply HELP =
            Reply.of(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT (RFC 5321)");

    static final Reply NO_EXPANSION = Reply.of(502, "5.5.1", "EXPN is not offered here");
    static final Reply HELO_FIRST = Reply.of(503, "5.5.1", "identify yourself first (expected: EHLO or HELO)");
    static final Reply NESTED_MAIL =
            Reply.of(503, "5.5.1", "a transaction is open (expected: RCPT, DATA, BDAT or RSET)");
    static final Reply MAIL_FIRST = Reply.of(503, "5.5.1", "no mail transaction is open (expected: MAIL)");
    static final Reply NO_RECIPIENT = Reply.of(554, "5.5.1", "no valid recipient (expected: RCPT before DATA)");
    static final Reply START_TLS = Reply.of(220, "2.0.0", "ready for the TLS handshake");
    static final Reply SECURED_ALREADY = Reply.of(503, "5.5.1", "TLS is on already (expected: EHLO or MAIL)");
    static final Reply NO_TLS_NOW = Reply.of(454, "4.7.0", "TLS is not available now, try again later");

    static final Reply NOT_WELCOME = Reply.of(503, "5.5.1", "mail from this client is not accepted (expected: QUIT)");
    static final Reply NEEDS_EHLO = Reply.of(555, "5.5.4", "parameters require EHLO (expected: none after HELO)");

    static final Reply RECIPIENT_LATE =
            Reply.of(503, "5.5.1", "the content has begun (expected: BDAT or RSET), no further recipients");
    static final Reply MIXED_CONTENT =
            Reply.of(503, "5.5.1", "the content has begun with BDAT (expected: BDAT or RSET)");

    static final Reply ESMTP_FIRST = Reply.of(503, "5.5.1", "identify yourself first (expected: EHLO)");
    static final Reply AUTHENTICATED = Reply.of(235, "2.7.0", "authenticated");
    static final Reply AUTHENTICATED_ALREADY =
            Reply.of(503, "5.5.1", "you are authenticated already (expected: MAIL, or a new connection)");
    static final Reply NOT_DURING_MAIL =
            Reply.of(503, "5.5.1", "a transaction is open (expected: AUTH before MAIL, or RSET)");
    static final Reply NEEDS_TLS =
            Reply.of(538, "5.7.11", "authentication needs encryption (expected: STARTTLS before AUTH)");
    static final Reply CANCELLED = Reply.of(501, "5.7.0", "authentication cancelled");
    static final Reply NOT_BASE64 = Reply.of(501, "5.5.2", "malformed response (expected: base64)");
    static final Reply INVALID_CREDENTIALS = Reply.of(
                    535, "5.7.8", "authentication failed (expected: a valid user and password)")
            .because(Reason.AUTHENTICATION);
    static final Reply NOT_FOLLOWED =
            Reply.of(501, "5.5.2", "the response does not follow the mechanism").because(Reason.AUTHENTICATION);
    static final Reply LOGIN_UNAVAILABLE =
            Reply.of(454, "4.7.0", "cannot authenticate now, try again later").because(Reason.AUTHENTICATION);
    static final Reply LOGIN_LIMITED = Reply.of(
                    454, "4.7.0", "too many failed logins of this user from your network, try again later")
            .because(Reason.AUTHENTICATION);
    static final Reply BINARY_DATA = Reply.of(503, "5.5.1", "DATA cannot carry BODY=BINARYMIME (expected: BDAT)");

    static final Reply OUR_FAULT = Reply.of(451, "4.3.0", "trouble on our side, try again later");
    static final Reply NO_ROOM = Reply.of(452, "4.3.1", "no room to store the message now, try again later");

    /** With code and CRLF it fits the 512 octets of a reply line (RFC 5321 §4.5.3.1.5). */
    private static final int MAX_GREETING = 500;

    private final String host;
    private final long maxContent;

    Replies(Domain host, long maxContent) {
        this.host = host.text();
        this.maxContent = maxContent;
    }

    Reply greeting() {
        return Reply.plain(220, host + " ESMTP Caravan");
    }

    Reply helo() {
        return Reply.plain(250, host);
    }

    /** @param mechanisms the keywords after AUTH; empty if it is not offered. */
    Reply ehlo(String client, Extensions offered, String mechanisms, Instant now) {
        List<String> lines = new ArrayList<>();
        String greeting = host + " greets " + client;
        lines.add(greeting.length() <= MAX_GREETING ? greeting : host);
        lines.addAll(offered.lines(now));
        if (!mechanisms.isEmpty()) {
            lines.add("AUTH " + mechanisms);
        }
        return Reply.plain(250, lines.toArray(String[]::new));
    }

    Reply mechanismUnknown(String mechanisms) {
        return Reply.of(504, "5.5.4", "that mechanism is not offered here (expected: " + mechanisms + ")");
    }

    Reply tooManyFailedLogins() {
        return Reply.of(421, "4.7.0", host + " too many failed logins, closing").because(Reason.AUTHENTICATION);
    }

    Reply revoked() {
        return Reply.of(421, "4.7.0", host + " your login is not valid any more, closing")
                .because(Reason.AUTHENTICATION);
    }

    Reply goodbye() {
        return Reply.of(221, "2.0.0", host + " closes the connection");
    }

    Reply unknown(String verb) {
        // 502 is for commands of other RFCs that this server does not implement (RFC 5321 §4.2.4).
        return switch (verb) {
            case "AUTH", "STARTTLS", "BDAT", "ETRN", "TURN", "ATRN", "SEND", "SOML", "SAML" ->
                Reply.of(502, "5.5.1", verb + " is not offered here");
            // The reply does not repeat the line, because it may be a password and replies are logged.
            default -> Reply.of(500, "5.5.1", "unknown command (expected: such as EHLO, MAIL, QUIT)");
        };
    }

    /** The reply to a MAIL whose priority is not believed (RFC 6710 §4.1). */
    static Reply priorityChanged(int priority) {
        return Reply.of(250, "2.3.6", priority + " is the priority of this message");
    }

    Reply tooManyRecipients(int limit) {
        return Reply.of(
                452, "4.5.3", "too many recipients (expected: <= " + limit + "), send the mail again to the rest");
    }

    static Reply chunkKept(long octets) {
        return Reply.of(250, "2.0.0", octets + " octets received");
    }

    Reply tooLarge() {
        return Reply.of(552, "5.3.4", "content too large (expected: <= " + maxContent + " octets)");
    }

    Reply tooMuchJunk() {
        return Reply.of(421, "4.7.0", host + " too many commands without a mail, closing")
                .because(Reason.ABUSE);
    }

    /**
     * Whether a verb is one of HTTP, since a web page can make a browser send HTTP to this port, or the beginning of a PROXY
     * header, which only the proxies that the operator named may send.
     */
    static boolean isForeign(String verb) {
        return switch (verb) {
            case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROXY" -> true;
            default -> false;
        };
    }

    Reply foreign(String verb) {
        return Reply.of(421, "4.7.0", host + " speaks SMTP, not the protocol of " + verb + ", closing")
                .because(Reason.ABUSE);
    }

    Reply tooManyErrors() {
        return Reply.of(421, "4.7.0", host + " too many errors, closing").because(Reason.ABUSE);
    }

    Reply timeout(String what) {
        return Reply.of(421, "4.4.2", host + " " + what + ", closing");
    }

    Reply shutdown() {
        return Reply.of(421, "4.3.2", host + " is shutting down, try again later");
    }

    Reply tooManyConnections(String whose) {
        return Reply.of(421, "4.7.0", host + " too many connections " + whose + ", try again later")
                .because(Reason.TOO_MANY_CONNECTIONS);
    }

    Reply broken() {
        return Reply.of(421, "4.3.0", host + " trouble on our side, closing");
    }
}
