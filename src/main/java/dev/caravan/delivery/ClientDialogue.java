package dev.caravan.delivery;

import dev.caravan.delivery.HostReport.Answer;
import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Printable;
import dev.caravan.mail.Recipient;
import dev.caravan.smtp.EsmtpExtension;
import dev.caravan.smtp.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Sends one message to one server, as a pure state machine: its input is a reply, its output the next step. It uses
 * neither sockets nor clocks. Recipients are sent in transactions of a bounded number, on one connection.
 *
 * <p>Replies belong to commands by their order (RFC 2920 §3.1): the first to MAIL, one to each RCPT, one to DATA. A message that is sent by
 * BDAT has one chunk, which is sent when a recipient is accepted (RFC 3030 §2).
 */
final class ClientDialogue {
    /** RFC 5321 §4.5.3.1.8: every server must accept this many. */
    static final int MAX_RECIPIENTS = 100;

    private enum State {
        ENVELOPE,
        CONTENT,
        END,
        LONE_DOT,
        RESET
    }

    private static final int CLOSING = 421;
    private static final String MAIL = "MAIL FROM";
    private static final String RCPT = "RCPT TO";
    private static final String DATA = "DATA";
    private static final String END_OF_DATA = "end of DATA";
    private static final String BDAT = "BDAT";
    private static final int MAX_ODD_ANSWER = 200;

    private final FittedMail form;
    private final OutboundMail mail;
    private final String mta;
    private final PeerExtensions extensions;
    private final Map<ForwardPath, Answer> answers = new LinkedHashMap<>();
    private final Map<ForwardPath, Reply> refusals = new LinkedHashMap<>();
    private final List<Recipient> accepted = new ArrayList<>();
    private State state = State.ENVELOPE;
    private final RecipientBatches batches;
    private List<Recipient> batch = List.of();
    private int heard;
    private int transactions;
    private boolean isMailRefused;
    /** The results of earlier transactions, and of recipients to which the message cannot be sent by this server. */
    private HostReport settled;

    private Optional<HostReport> beforeCut = Optional.empty();
    /** The line that came after the final dot in the place of a reply. */
    private Optional<String> oddAnswer = Optional.empty();

    ClientDialogue(FittedMail form, String mta, PeerExtensions extensions) {
        this.form = form;
        this.mail = form.mail();
        this.settled = new HostReport(form.refused());
        form.refused().forEach(answer -> answers.put(answer.result().recipient(), answer));
        this.mta = mta;
        this.extensions = extensions;
        int largest = extensions.limits().recipients() == 0
                ? MAX_RECIPIENTS
                : Math.min(MAX_RECIPIENTS, extensions.limits().recipients());
        List<Recipient> now = withinLimits(largest);
        this.batches = new RecipientBatches(now, largest);
    }

    /** The recipients that one session may have; the others are sent in another one, soon (RFC 9422 §4). */
    private List<Recipient> withinLimits(int largest) {
        PeerLimits limits = extensions.limits();
        Set<String> domains = new HashSet<>();
        List<Recipient> now = new ArrayList<>();
        List<Recipient> later = new ArrayList<>();
        for (Recipient recipient : mail.envelope().recipients()) {
            String domain = recipient.path().domain().key();
            boolean isOfDomains =
                    limits.domains() == 0 || domains.contains(domain) || domains.size() < limits.domains();
            boolean isWithin = isOfDomains && (limits.mails() <= 0 || now.size() < (long) limits.mails() * largest);
            (isWithin ? now : later).add(recipient);
            if (isWithin) {
                domains.add(domain);
            }
        }
        if (!later.isEmpty()) {
            Diagnosis why = Diagnosis.ours("4.5.3", mta + " takes no more recipients in one session");
            settled = settled.and(HostReport.notAttempted(later, why));
            settled.answers()
                    .forEach(answer -> answers.putIfAbsent(answer.result().recipient(), answer));
        }
        return now;
    }

    /** How many transactions were begun. */
    int transactions() {
        return transactions;
    }

    /** The message in the form for this server. */
    FittedMail form() {
        return form;
    }

    /** Begins the dialogue. */
    ClientStep start() {
        if (form.isForNobody()) {
            return new ClientStep.Finished(settled, true);
        }
        if (extensions.maxSize() > 0 && mail.size() > extensions.maxSize()) {
            return unfit(
                    "5.3.4", "message of " + mail.size() + " octets, but " + mta + " accepts " + extensions.maxSize());
        }
        return deadline().orElseGet(this::nextTransaction);
    }

    /** A message that is to be returned if it is late is sent only where this is known (RFC 2852 §4.2). */
    private Optional<ClientStep> deadline() {
        Optional<DeliverBy> by =
                mail.envelope().parameters().deliverBy().filter(asked -> asked.mode() == DeliverBy.Mode.RETURN);
        if (by.isEmpty()) {
            return Optional.empty();
        }
        if (!extensions.has(EsmtpExtension.DELIVERBY)) {
            return Optional.of(unfit(
                    "5.3.3", "message to be returned if it is late, but " + mta + " cannot do that (no DELIVERBY)"));
        }
        long left = ClientCommand.secondsLeft(by.get(), mail.sentAt());
        long least = Math.max(1, extensions.limits().leastSeconds());
        return left < least
                ? Optional.of(unfit("5.4.7", left + " seconds to deliver, but " + mta + " needs " + least))
                : Optional.empty();
    }

    private ClientStep unfit(String status, String words) {
        HostReport report = HostReport.refused(mail.envelope().recipients(), Diagnosis.ours(status, words));
        return new ClientStep.Finished(report, true);
    }

    private ClientStep nextTransaction() {
        batch = batches.next();
        transactions++;
        accepted.clear();
        refusals.clear();
        heard = 0;
        isMailRefused = false;
        state = State.ENVELOPE;
        String first = ClientCommand.mail(mail, extensions);
        if (!isPipelining()) {
            return new ClientStep.Send(first);
        }
        StringBuilder lines = new StringBuilder(first);
        batch.forEach(recipient -> lines.append(ClientCommand.rcpt(recipient, extensions)));
        if (!form.isChunked()) {
            lines.append(ClientCommand.DATA);
        }
        return new ClientStep.Send(lines.toString());
    }

    private boolean isPipelining() {
        return extensions.has(EsmtpExtension.PIPELINING);
    }

    /**
     * The results of earlier transactions, if the server ended the connection, or refused to begin, before the content
     * of the current transaction. The other recipients may be sent again on another connection, because nothing has
     * happened yet.
     */
    Optional<HostReport> settledBeforeCut() {
        return beforeCut;
    }

    /** What the client waits for, for people. */
    String awaited() {
        return state == State.CONTENT ? "the host to accept the content" : "the reply to " + awaitedCommand();
    }

    private String endOfContent() {
        return form.isChunked() ? BDAT : END_OF_DATA;
    }

    private String awaitedCommand() {
        return switch (state) {
            case ENVELOPE -> heard == 0 ? MAIL : heard <= batch.size() ? RCPT : DATA;
            case CONTENT, END, LONE_DOT -> endOfContent();
            case RESET -> "RSET";
        };
    }

    /** How long to wait for it. */
    Duration patience(DeliveryTimeouts timeouts) {
        return switch (state) {
            case ENVELOPE -> heard == 0 ? timeouts.mail() : heard <= batch.size() ? timeouts.rcpt() : timeouts.data();
            case CONTENT -> timeouts.block();
            case END, LONE_DOT -> timeouts.end();
            case RESET -> timeouts.mail();
        };
    }

    /**
     * Handles a line that is not a reply. It may be skipped only if it cannot be one of several expected replies.
     *
     * @param line printable ASCII; may be empty.
     */
    ClientStep heardStray(String line) {
        if (awaitedReplies() > 1 && !line.isBlank()) {
            return new ClientStep.Broken("\"" + line + "\" is not a reply");
        }
        if (state == State.END) {
            oddAnswer = oddAnswer.filter(earlier -> !earlier.isBlank()).or(() -> Optional.of(line));
        }
        return new ClientStep.Wait();
    }

    private int awaitedReplies() {
        int sent = batch.size() + (form.isChunked() ? 1 : 2);
        return state == State.ENVELOPE && isPipelining() ? sent - heard : 1;
    }

    /** Whether the whole content was sent, and the server has not replied to it. */
    boolean isAwaitingVerdict() {
        return state == State.END;
    }

    ClientStep heard(Reply reply) {
        if (reply.code() == CLOSING) {
            return closing(reply);
        }
        if (batch.isEmpty()) {
            // No command was sent yet.
            return broken(reply);
        }
        return switch (state) {
            case ENVELOPE -> envelope(reply);
            case CONTENT -> reply.isPositive() ? broken(reply) : ended(reply);
            case END -> ended(reply);
            // Whatever the server replies, the message had no recipient (RFC 2920 §3.1).
            case LONE_DOT -> transactionOver(false);
            case RESET -> reply.code() < 300 ? nextTransaction() : closing(reply);
        };
    }

    private ClientStep envelope(Reply reply) {
        int place = heard++;
        if (place > batch.size()) {
            return data(reply);
        }
        if (reply.isPositive() && reply.code() >= 300) {
            return broken(reply);
        }
        return place == 0 ? mailAnswered(reply) : rcptAnswered(batch.get(place - 1), reply);
    }

    private ClientStep mailAnswered(Reply reply) {
        isMailRefused = !reply.isPositive();
        if (isMailRefused) {
            // The reply to MAIL applies to all recipients that were not sent yet.
            batches.drop();
            mail.envelope().recipients().forEach(recipient -> answer(recipient.path(), reply, MAIL));
            beforeCut = Optional.of(settled);
        }
        if (isPipelining()) {
            return new ClientStep.Wait();
        }
        return isMailRefused ? transactionOver(false) : say(ClientCommand.rcpt(batch.get(0), extensions));
    }

    private static ClientStep say(String line) {
        return new ClientStep.Send(line);
    }

    private ClientStep rcptAnswered(Recipient recipient, Reply reply) {
        if (reply.isPositive()) {
            accepted.add(recipient);
        } else {
            refusals.put(recipient.path(), reply);
        }
        boolean isLast = heard > batch.size();
        if (isPipelining() && !(isLast && form.isChunked())) {
            return new ClientStep.Wait();
        }
        if (!isLast) {
            return say(ClientCommand.rcpt(batch.get(heard - 1), extensions));
        }
        if (isMailRefused || accepted.isEmpty()) {
            return transactionOver(false);
        }
        if (form.isChunked()) {
            state = State.CONTENT;
            return new ClientStep.SendContent();
        }
        return say(ClientCommand.DATA);
    }

    private ClientStep data(Reply reply) {
        if (reply.code() < 300) {
            return broken(reply);
        }
        if (reply.isPositive()) {
            boolean isForNobody = isMailRefused || accepted.isEmpty();
            state = isForNobody ? State.LONE_DOT : State.CONTENT;
            return isForNobody ? say(ClientCommand.LONE_DOT) : new ClientStep.SendContent();
        }
        accepted.forEach(recipient -> answer(recipient.path(), reply, DATA));
        return transactionOver(false);
    }

    /** The content and its end were sent. */
    void contentSent() {
        state = State.END;
    }

    private ClientStep ended(Reply reply) {
        if (isNoVerdict(reply)) {
            return heardStray(reply.text().replace('\n', ' '));
        }
        // An early refusal leaves content unsent, after which no command could follow.
        boolean isWhole = state == State.END;
        verdict(reply);
        if (!isWhole) {
            return new ClientStep.Finished(lost(HostReport.diagnosis(reply, mta, endOfContent()), false), false);
        }
        return transactionOver(reply.isPositive());
    }

    /** 3yz asks for more, but there is no more. */
    private static boolean isNoVerdict(Reply reply) {
        return reply.isPositive() && reply.code() >= 300;
    }

    private void verdict(Reply reply) {
        Handling known = extensions.has(EsmtpExtension.DSN) ? Handling.PASSED_ON : Handling.RELAYED;
        boolean isDeadlineLost = !extensions.has(EsmtpExtension.DELIVERBY)
                && mail.envelope()
                        .parameters()
                        .deliverBy()
                        .filter(by -> !by.isTold())
                        .isPresent();
        Handling handling = isDeadlineLost ? Handling.RELAYED_WITHOUT_DEADLINE : known;
        for (Recipient recipient : accepted) {
            if (reply.isPositive()) {
                Diagnosis diagnosis = HostReport.diagnosis(reply, mta, endOfContent());
                answers.putIfAbsent(
                        recipient.path(), new Answer(new Delivered(recipient.path(), diagnosis, handling), true));
            } else {
                answer(recipient.path(), reply, endOfContent());
            }
        }
    }

    /** The transaction has ended; clean if another may follow without RSET and the connection may be kept. */
    private ClientStep transactionOver(boolean isClean) {
        if (accepted.isEmpty()) {
            batches.takePostponed().forEach(refusals::putIfAbsent);
        } else {
            batches.postpone(batch, refusals, accepted.size());
        }
        settleRefusals(!accepted.isEmpty());
        settled = new HostReport(List.copyOf(answers.values()));
        if (batches.hasNext()) {
            state = State.RESET;
            return isClean ? nextTransaction() : say(ClientCommand.RSET);
        }
        return new ClientStep.Finished(settled, isClean);
    }

    private void settleRefusals(boolean someWereAccepted) {
        refusals.forEach((recipient, reply) -> {
            // The code that the RFC once used for "too many recipients" is transient here (RFC 5321 §4.5.3.1.10).
            boolean isForNow = RecipientBatches.isTooMany(reply, someWereAccepted);
            Diagnosis diagnosis = HostReport.diagnosis(reply, isForNow ? 4 : reply.code() / 100, mta, RCPT);
            boolean isFinal = (reply.isPermanent() && !isForNow) || someWereAccepted;
            answers.putIfAbsent(recipient, new Answer(HostReport.refusal(recipient, diagnosis), isFinal));
        });
    }

    private void answer(ForwardPath recipient, Reply reply, String answered) {
        Diagnosis diagnosis = HostReport.diagnosis(reply, mta, answered);
        answers.putIfAbsent(recipient, new Answer(HostReport.refusal(recipient, diagnosis), reply.isPermanent()));
    }

    /** The server ends the connection: no open command was done, except as its reply says. */
    private ClientStep closing(Reply reply) {
        Diagnosis diagnosis = HostReport.diagnosis(reply, 4, mta, awaitedCommand());
        // As a reply to the content it is a plain refusal, so another host may be asked.
        if (state == State.END) {
            state = State.CONTENT;
        }
        return new ClientStep.Finished(lost(diagnosis, false), false);
    }

    private ClientStep broken(Reply reply) {
        Diagnosis diagnosis = Diagnosis.ours("4.5.0", mta + " said " + reply.code() + " instead of " + awaited());
        return new ClientStep.Finished(lost(diagnosis, false), false);
    }

    /**
     * The connection ended after the final dot and before the end of the reply to it.
     *
     * @param unfinished the lines of the reply that have a code; the last of them decides.
     * @param line a line without a code and without an end; may be empty.
     * @param diagnosis why it ended; a transient status.
     */
    HostReport lostAwaitingVerdict(Optional<Reply> unfinished, String line, Diagnosis diagnosis) {
        if (unfinished.filter(reply -> !isNoVerdict(reply)).isPresent()) {
            verdict(unfinished.get());
        } else {
            unfinished
                    .map(Reply::text)
                    .or(() -> Optional.of(line))
                    .filter(odd -> !odd.isEmpty())
                    .ifPresent(odd -> oddAnswer =
                            oddAnswer.filter(earlier -> !earlier.isBlank()).or(() -> Optional.of(odd)));
        }
        return lost(diagnosis, false);
    }

    /**
     * The connection ended too early.
     *
     * @param diagnosis why; a transient status.
     * @param isOurFault whether every host would have the same result.
     * @return the known results. After the final dot the message may have been accepted, so no other host is asked.
     */
    HostReport lost(Diagnosis diagnosis, boolean isOurFault) {
        if (!isOurFault && (state == State.ENVELOPE || state == State.RESET)) {
            beforeCut = Optional.of(settled);
        }
        settleRefusals(state == State.END);
        if (state == State.END) {
            Diagnosis perhapsTaken = oddAnswer.map(this::mayHaveArrived).orElse(diagnosis);
            accepted.forEach(recipient -> answers.putIfAbsent(
                    recipient.path(), new Answer(new Deferred(recipient.path(), perhapsTaken), true)));
        }
        for (Recipient recipient : mail.envelope().recipients()) {
            answers.putIfAbsent(recipient.path(), new Answer(new Deferred(recipient.path(), diagnosis), isOurFault));
        }
        return new HostReport(List.copyOf(answers.values()));
    }

    /** The results of earlier transactions; the other recipients are not attempted, on no host. */
    HostReport givenUp(Diagnosis diagnosis) {
        Set<ForwardPath> done = settled.answers().stream()
                .map(answer -> answer.result().recipient())
                .collect(Collectors.toSet());
        List<Recipient> rest = mail.envelope().recipients().stream()
                .filter(recipient -> !done.contains(recipient.path()))
                .toList();
        return settled.and(HostReport.notAttempted(rest, diagnosis));
    }

    private Diagnosis mayHaveArrived(String odd) {
        return Diagnosis.mayHaveArrived(mta + " answered the end of content with \""
                + Printable.line(odd, MAX_ODD_ANSWER) + "\", which is not a reply");
    }
}
