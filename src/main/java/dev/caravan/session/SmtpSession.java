package dev.caravan.session;

import dev.caravan.auth.ChannelBinding;
import dev.caravan.auth.Identity;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.PeerCertificate;
import dev.caravan.auth.SaslConnection;
import dev.caravan.auth.SaslExchange;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.auth.SaslOffer;
import dev.caravan.auth.SaslStep;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Uts46;
import dev.caravan.smtp.ClientAttributes;
import dev.caravan.smtp.Command;
import dev.caravan.smtp.CommandParser;
import dev.caravan.smtp.EsmtpExtension;
import dev.caravan.smtp.Extensions;
import dev.caravan.smtp.Reply;
import dev.caravan.smtp.SmtpSyntaxException;
import dev.caravan.tls.TlsFacts;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The state machine of one SMTP session (RFC 5321 §3, §4.1.4). Its inputs are command lines, answers of the route and
 * the end of content; its outputs are {@link Step}s. It does no I/O and uses neither clock nor threads, so that equal
 * inputs give equal steps. While a question is open, the only valid input is its answer.
 */
final class SmtpSession {
    private final SessionTerms terms;
    private final boolean mayNameClient;
    private CommandParser parser;
    private SessionFacts facts;
    private Optional<ClientAttributes> named = Optional.empty();
    private boolean welcome = true;
    private Disposition connectionDisposition = Disposition.DELIVER;
    private Optional<Transaction> transaction = Optional.empty();
    private Optional<PolicyRequest> open = Optional.empty();
    private Instant cameAt = Instant.EPOCH;
    private boolean isPriorityChanged;
    private Optional<Login> login = Optional.empty();
    private SaslConnection connection = SaslConnection.PLAIN;
    private int failedLogins;
    private int errors;
    private int junk;
    private int unproductive;

    /** A SASL exchange that is not over. */
    private record Login(SaslMechanism mechanism, SaslExchange exchange) {}

    SmtpSession(SessionTerms terms, SessionFacts facts) {
        this.terms = terms;
        this.parser = terms.parser(facts.remote().getAddress());
        this.facts = facts;
        this.mayNameClient = terms.admission().mayNameClient(facts);
    }

    SessionFacts facts() {
        return facts;
    }

    /** Whether a mail transaction is open. Ending the session now would make the client send the message again. */
    boolean hasMailInHand() {
        return transaction.isPresent();
    }

    /** The reverse-path of the open transaction; empty if there is none. */
    String sender() {
        return transaction.map(mail -> mail.reversePath().toString()).orElse("");
    }

    /** Whether a question to the route is open. */
    boolean isAsking() {
        return open.isPresent();
    }

    /** Begins the session: asks the route about the connection. */
    Step connected() {
        // A proxy is not the client: it names it first.
        boolean isProxy = mayNameClient && named.isEmpty();
        Optional<Reply> refusal = isProxy ? Optional.empty() : terms.admission().refuseConnection(facts);
        if (refusal.isPresent()) {
            return greet(PolicyResult.of(refusal.get()));
        }
        return ask(new PolicyRequest.ConnectionQuestion(facts));
    }

    /**
     * Handles a command line.
     *
     * @param now when it came.
     */
    Step line(String text, Instant now) {
        cameAt = now;
        if (login.isPresent()) {
            return response(text, login.get());
        }
        try {
            Command command = parser.parse(text, offered());
            boolean isAskedFor = transaction.isEmpty() || transaction.get().isUtf8();
            if (command instanceof Command.Rcpt && !isAskedFor && !Uts46.isAscii(text)) {
                return refuse(CommandParser.NOT_ASCII);
            }
            return leadsToMail(command) ? command(command) : junk(command);
        } catch (SmtpSyntaxException e) {
            return refuse(e.reply());
        }
    }

    /** The extensions that the reply to EHLO lists and whose parameters the client may use. */
    private Extensions offered() {
        return terms.extensions(facts, mayNameClient);
    }

    private static boolean leadsToMail(Command command) {
        return command instanceof Command.Mail
                || command instanceof Command.Rcpt
                || command instanceof Command.Xclient
                || command instanceof Command.StartTls
                || command instanceof Command.Data
                // An empty chunk that ends nothing leads nowhere.
                || (command instanceof Command.Bdat chunk && (chunk.octets() > 0 || chunk.isLast()))
                || command instanceof Command.Auth
                || command instanceof Command.Quit;
    }

    private Step junk(Command command) {
        return isTooMuchJunk() ? disconnectForJunk() : command(command);
    }

    private boolean isTooMuchJunk() {
        return ++junk > terms.limits().patience().junkCommands();
    }

    private Step disconnectForJunk() {
        return new Step.Disconnect(List.of(terms.replies().tooMuchJunk()));
    }

    /**
     * Replies to a MAIL or RCPT that is no error and has no effect. Between two accepted messages, as many of them are
     * free as one message may have recipients; further ones are added to the junk commands.
     */
    private Step countUnproductive(Reply reply) {
        if (++unproductive > terms.limits().mail().recipients() && isTooMuchJunk()) {
            return disconnectForJunk();
        }
        return reply.isPositive() ? new Step.SendReply(reply) : refuse(reply);
    }

    /** Refuses the input and counts the error. */
    Step refuse(Reply reply) {
        if (reply.code() == 421) {
            return new Step.Disconnect(List.of(reply));
        }
        // Only 5yz is the client's error; counting 4yz would disconnect a client with many deferred recipients.
        if (reply.isPermanent() && ++errors >= terms.limits().patience().errors()) {
            return new Step.Disconnect(List.of(reply, terms.replies().tooManyErrors()));
        }
        return new Step.SendReply(reply);
    }

    /** Ends the transaction without a reply. */
    void endTransaction() {
        transaction = Optional.empty();
    }

    /** Refuses the content and ends the transaction. */
    Step refuseContent(Reply reply) {
        transaction = Optional.empty();
        return refuse(reply);
    }

    /** The content is complete and stored; there must be a transaction with recipients. */
    Step contentKept(MailId id, Instant now, Content content, MemoryLease memory) {
        Transaction mail = transaction.orElseThrow();
        Arrival clear = new Arrival(
                now,
                protocol(mail.isUtf8()),
                facts.helo(),
                Optional.of(facts.remote().getAddress()));
        Arrival arrival = facts.tls()
                .map(handshake -> clear.over(handshake.version() + " " + handshake.cipher()))
                .orElse(clear);
        return ask(new PolicyRequest.MailQuestion(
                facts,
                new MailObject(id, arrival.from(facts.story()), mail.envelope(), content),
                mail.disposition(),
                memory));
    }

    /** RFC 3848, RFC 6531 §4.3. */
    private String protocol(boolean isUtf8) {
        if (!named.flatMap(ClientAttributes::esmtp).orElse(facts.esmtp())) {
            return "SMTP";
        }
        return (isUtf8 ? "UTF8SMTP" : "ESMTP")
                + (facts.tls().isPresent() ? "S" : "")
                + (facts.identity().isPresent() ? "A" : "");
    }

    /** Handles the route's answer to the open question. */
    Step answered(PolicyResult answer) {
        PolicyRequest question = open.orElseThrow();
        open = Optional.empty();
        if (question instanceof PolicyRequest.ConnectionQuestion) {
            return greet(answer);
        }
        if (question instanceof PolicyRequest.MailQuestion) {
            transaction = Optional.empty();
            if (answer.reply().isPositive()) {
                junk = 0;
                unproductive = 0;
            }
        } else if (answer.reply().isPositive()) {
            accepted(question, answer.disposition());
        }
        if (answer.reply().isTransient() && !(question instanceof PolicyRequest.MailQuestion)) {
            return countUnproductive(answer.reply());
        }
        if (question instanceof PolicyRequest.SenderQuestion sender
                && answer.reply().isPositive()
                && isPriorityChanged) {
            return new Step.SendReply(
                    Replies.priorityChanged(sender.parameters().priority()));
        }
        return answer.reply().isPositive() ? new Step.SendReply(answer.reply()) : refuse(answer.reply());
    }

    /**
     * Handles a route that does not answer the open question in time. The session ends, so that a late answer cannot be
     * taken for the answer to another question.
     */
    Step unanswered() {
        PolicyRequest question = open.orElseThrow();
        open = Optional.empty();
        transaction = Optional.empty();
        Reply closing = terms.replies().broken();
        boolean isGreeting = question instanceof PolicyRequest.ConnectionQuestion;
        return new Step.Disconnect(isGreeting ? List.of(closing) : List.of(Replies.OUR_FAULT, closing));
    }

    private void accepted(PolicyRequest question, Disposition disposition) {
        if (question instanceof PolicyRequest.SenderQuestion sender) {
            transaction = Optional.of(new Transaction(sender, connectionDisposition.or(disposition)));
        } else if (question instanceof PolicyRequest.RecipientQuestion recipient) {
            transaction.orElseThrow().add(recipient.recipient(), disposition);
        } else {
            throw new AssertionError(question);
        }
    }

    /** Clients understand no greeting other than 220, 554 and 421 (RFC 5321 §4.3.2). */
    private Step greet(PolicyResult answer) {
        if (answer.reply().isPositive()) {
            connectionDisposition = answer.disposition();
            return new Step.SendReply(terms.replies().greeting());
        }
        if (answer.reply().isPermanent()) {
            // A refused client stays connected; each further command gets 503 until it sends QUIT (RFC 5321 §3.1).
            welcome = false;
            return refuse(answer.reply().recoded(554));
        }
        return new Step.Disconnect(List.of(answer.reply().recoded(421)));
    }

    private Step ask(PolicyRequest question) {
        open = Optional.of(question);
        return new Step.AskPolicy(question);
    }

    private Step command(Command command) {
        if (command instanceof Command.Quit) {
            return new Step.Close(terms.replies().goodbye());
        }
        if (!welcome) {
            return command instanceof Command.Bdat chunk
                    ? new Step.DropChunk(chunk, Replies.NOT_WELCOME)
                    : refuse(Replies.NOT_WELCOME);
        }
        if (command instanceof Command.Mail mail) {
            return mail(mail);
        }
        if (command instanceof Command.Rcpt rcpt) {
            return recipient(rcpt);
        }
        if (command instanceof Command.Data) {
            return data();
        }
        if (command instanceof Command.Bdat chunk) {
            return chunk(chunk);
        }
        if (command instanceof Command.Ehlo ehlo) {
            return hello(
                    ehlo.client(), true, terms.replies().ehlo(ehlo.client(), offered(), offer().keywords(), cameAt));
        }
        if (command instanceof Command.Helo helo) {
            return hello(helo.client(), false, terms.replies().helo());
        }
        if (command instanceof Command.Xclient client) {
            return xclient(client);
        }
        if (command instanceof Command.StartTls) {
            return startTls();
        }
        if (command instanceof Command.Auth auth) {
            return auth(auth);
        }
        if (command instanceof Command.Rset) {
            transaction = Optional.empty();
            return new Step.SendReply(Replies.OK);
        }
        return withoutEffect(command);
    }

    /** RFC 3207 §4. Clients may know the extension without EHLO, as those do that only want to encrypt. */
    private Step startTls() {
        if (facts.tls().isPresent()) {
            return refuse(Replies.SECURED_ALREADY);
        }
        if (terms.tls().isEmpty()) {
            return refuse(terms.replies().unknown(EsmtpExtension.STARTTLS.keyword()));
        }
        return new Step.StartTls(Replies.START_TLS);
    }

    /** A TLS handshake succeeded: the session begins anew, except for what the route said about the connection. */
    void secured(TlsFacts handshake, Optional<byte[]> exporter) {
        facts = facts.secured(handshake);
        connection = new SaslConnection(
                exporter.map(data -> new ChannelBinding(ChannelBinding.EXPORTER, data)),
                handshake.client().map(PeerCertificate::of));
        transaction = Optional.empty();
        login = Optional.empty();
    }

    /** The mechanisms that the client may use now; none if it has authenticated (RFC 4954 §4). */
    private SaslOffer offer() {
        return facts.identity().isPresent()
                ? SaslOffer.NONE
                : terms.auth().offer(facts.tls().isPresent(), connection);
    }

    private Step auth(Command.Auth auth) {
        if (terms.auth().mechanisms().isEmpty()) {
            return refuse(terms.replies().unknown("AUTH"));
        }
        if (!facts.esmtp()) {
            return refuse(Replies.ESMTP_FIRST);
        }
        if (facts.identity().isPresent()) {
            return refuse(Replies.AUTHENTICATED_ALREADY);
        }
        if (transaction.isPresent()) {
            return refuse(Replies.NOT_DURING_MAIL);
        }
        if (terms.auth().isTlsRequired() && facts.tls().isEmpty()) {
            return refuse(Replies.NEEDS_TLS);
        }
        SaslOffer offer = offer();
        Optional<SaslMechanism> mechanism = SaslMechanism.of(auth.mechanism());
        Optional<SaslExchange> exchange = mechanism.flatMap(one ->
                offer.exchange(one, facts.remote().getAddress(), terms.kind().role()));
        if (exchange.isEmpty()) {
            return refuse(
                    offer.mechanisms().isEmpty()
                            ? terms.replies().unknown("AUTH")
                            : terms.replies().mechanismUnknown(offer.keywords()));
        }
        Login begun = new Login(mechanism.orElseThrow(), exchange.get());
        Optional<byte[]> initial = Optional.empty();
        if (auth.initial().isPresent()) {
            initial = auth.initial().get().equals("=")
                    ? Optional.of(new byte[0])
                    : decoded(auth.initial().get());
            if (initial.isEmpty()) {
                return refuse(Replies.NOT_BASE64);
            }
        }
        return follow(begun, begun.exchange().begin(initial));
    }

    private static Optional<byte[]> decoded(String base64) {
        try {
            return Optional.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Step response(String line, Login begun) {
        login = Optional.empty();
        if (line.equals("*")) {
            return refuse(Replies.CANCELLED);
        }
        Optional<byte[]> octets = decoded(line);
        return octets.isPresent() ? follow(begun, begun.exchange().response(octets.get())) : refuse(Replies.NOT_BASE64);
    }

    /** Whether the next line belongs to a SASL exchange. */
    boolean isAuthenticating() {
        return login.isPresent();
    }

    /** A line came that cannot be one; a SASL exchange ends with it. */
    Step badLine(Reply refusal) {
        login = Optional.empty();
        return refuse(refusal);
    }

    /** Handles the answer to a {@link Step.Verify}. */
    Step verified(LoginAnswer answer) {
        Login begun = login.orElseThrow();
        login = Optional.empty();
        return follow(begun, begun.exchange().answered(answer));
    }

    private Step follow(Login begun, SaslStep step) {
        if (step instanceof SaslStep.Challenge challenge) {
            login = Optional.of(begun);
            return new Step.Challenge(Reply.plain(334, Base64.getEncoder().encodeToString(challenge.octets())));
        }
        if (step instanceof SaslStep.Ask ask) {
            login = Optional.of(begun);
            return new Step.Verify(ask.question());
        }
        if (step instanceof SaslStep.Done done) {
            LoginAnswer.Accepted accepted = done.login();
            facts = facts.authenticated(
                    new Identity(accepted.user(), begun.mechanism().keyword(), accepted.credential()));
            return new Step.LoggedIn(Replies.AUTHENTICATED, accepted.grant());
        }
        if (step instanceof SaslStep.Failed failed) {
            return new Step.LoginFailed(failed.user(), begun.mechanism(), failed.why(), failed(failed.why()));
        }
        throw new AssertionError(step);
    }

    private Step failed(LoginFailure why) {
        if (why.effect() == LoginFailure.Effect.CLOSE) {
            return new Step.Disconnect(List.of(terms.replies().tooManyFailedLogins()));
        }
        if (why.effect() == LoginFailure.Effect.DEFER) {
            return new Step.SendReply(
                    why == LoginFailure.USER_LIMIT ? Replies.LOGIN_LIMITED : Replies.LOGIN_UNAVAILABLE);
        }
        Reply reply = why == LoginFailure.EXCHANGE ? Replies.NOT_FOLLOWED : Replies.INVALID_CREDENTIALS;
        return ++failedLogins >= terms.auth().maxTries()
                ? new Step.Disconnect(List.of(reply, terms.replies().tooManyFailedLogins()))
                : refuse(reply);
    }

    /** The session begins anew, as that of the client that the proxy names. */
    private Step xclient(Command.Xclient command) {
        if (!mayNameClient) {
            return refuse(terms.replies().unknown("XCLIENT"));
        }
        if (transaction.isPresent()) {
            return refuse(Replies.NESTED_MAIL);
        }
        try {
            ClientAttributes client = ClientAttributes.parse(command.attributes());
            InetAddress before = facts.remote().getAddress();
            facts = facts.named(client);
            named = Optional.of(client);
            parser = terms.parser(facts.remote().getAddress());
            connectionDisposition = Disposition.DELIVER;
            return new Step.Restart(before);
        } catch (SmtpSyntaxException e) {
            return refuse(e.reply());
        }
    }

    private Step withoutEffect(Command command) {
        if (command instanceof Command.Noop) {
            return new Step.SendReply(Replies.OK);
        }
        if (command instanceof Command.Help) {
            return new Step.SendReply(Replies.HELP);
        }
        if (command instanceof Command.Vrfy) {
            return new Step.SendReply(Replies.VERIFY);
        }
        if (command instanceof Command.Expn) {
            return refuse(Replies.NO_EXPANSION);
        }
        if (command instanceof Command.Unknown unknown) {
            return Replies.isForeign(unknown.verb())
                    ? new Step.Disconnect(List.of(terms.replies().foreign(unknown.verb())))
                    : refuse(terms.replies().unknown(unknown.verb()));
        }
        throw new AssertionError(command);
    }

    /** HELO and EHLO also reset the transaction (RFC 5321 §4.1.4). */
    private Step hello(String client, boolean esmtp, Reply reply) {
        facts = facts.greeted(named.flatMap(ClientAttributes::helo).orElse(client), esmtp);
        transaction = Optional.empty();
        return new Step.SendReply(reply);
    }

    private Step mail(Command.Mail mail) {
        if (facts.helo().isEmpty()) {
            return refuse(Replies.HELO_FIRST);
        }
        if (transaction.isPresent()) {
            return refuse(Replies.NESTED_MAIL);
        }
        if (mail.extended() && !facts.esmtp()) {
            return refuse(Replies.NEEDS_EHLO);
        }
        Optional<Reply> refusal = terms.admission().refuseSender(facts, mail.reversePath());
        if (refusal.isPresent()) {
            return refuse(refusal.get());
        }
        if (mail.declaredSize().orElse(0) > terms.limits().mail().octets()) {
            return refuse(terms.replies().tooLarge());
        }
        Optional<Reply> bad = TimeRules.refusal(mail.times(), offered().limits().longestHold(), cameAt);
        if (bad.isPresent()) {
            return refuse(bad.get());
        }
        MailParameters parameters = believed(TimeRules.with(mail.parameters(), mail.times(), cameAt));
        isPriorityChanged = parameters.priority() != mail.parameters().priority();
        return ask(new PolicyRequest.SenderQuestion(facts, mail.reversePath(), parameters, mail.declaredSize()));
    }

    /** A stranger's message is not more urgent than others, and its submitter is unknown (RFC 4954 §5). */
    private MailParameters believed(MailParameters asked) {
        return terms.trusts(facts)
                ? asked
                : asked.withPriority(Math.min(0, asked.priority()))
                        .withAuthorization(asked.authorization().map(unknown -> ReversePath.NULL));
    }

    private Step recipient(Command.Rcpt rcpt) {
        if (transaction.isEmpty()) {
            return refuse(Replies.MAIL_FIRST);
        }
        if (rcpt.extended() && !facts.esmtp()) {
            return refuse(Replies.NEEDS_EHLO);
        }
        Recipient recipient = rcpt.recipient();
        Transaction mail = transaction.get();
        if (mail.isContentBegun()) {
            return refuse(Replies.RECIPIENT_LATE);
        }
        if (mail.has(recipient.path())) {
            return countUnproductive(Replies.RECIPIENT_AGAIN);
        }
        int limit = terms.limits().mail().recipients();
        if (mail.recipientCount() >= limit) {
            return countUnproductive(terms.replies().tooManyRecipients(limit));
        }
        return ask(new PolicyRequest.RecipientQuestion(facts, mail.reversePath(), recipient, mail.recipientCount()));
    }

    private Step data() {
        if (transaction.isEmpty()) {
            return refuse(Replies.MAIL_FIRST);
        }
        if (transaction.get().recipientCount() == 0) {
            return refuse(Replies.NO_RECIPIENT);
        }
        if (transaction.get().isContentBegun()) {
            return refuse(Replies.MIXED_CONTENT);
        }
        if (transaction.get().isBinary()) {
            return refuse(Replies.BINARY_DATA);
        }
        return new Step.ReceiveContent(Replies.SEND_CONTENT);
    }

    /** The chunk is read in any case, so that its octets are not taken for commands (RFC 3030 §2). */
    private Step chunk(Command.Bdat chunk) {
        if (transaction.isEmpty()) {
            return new Step.DropChunk(chunk, Replies.MAIL_FIRST);
        }
        Transaction mail = transaction.get();
        if (mail.recipientCount() == 0) {
            return new Step.DropChunk(chunk, Replies.NO_RECIPIENT);
        }
        boolean isFirst = !mail.isContentBegun();
        mail.beginContent();
        return new Step.ReceiveChunk(chunk, isFirst, mail.isBinary());
    }
}
