package dev.caravan.delivery;

import dev.caravan.delivery.HostReport.Answer;
import dev.caravan.delivery.PeerExtensions.Extension;
import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.smtp.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One mail told to one server, as a pure state machine: a reply comes in, the next step goes out. It never sees a
 * socket or a clock. Recipients are told in transactions of a bounded number, on one connection.
 *
 * <p>Replies belong to commands by their order (RFC 2920 §3.1): the first to MAIL, one to each RCPT, one to DATA.
 */
final class ClientDialogue {
    /** RFC 5321 §4.5.3.1.8 lets no server stop earlier. */
    static final int MAX_RECIPIENTS = 100;

    private enum State {
        ENVELOPE,
        CONTENT,
        END,
        LONE_DOT,
        RESET
    }

    private static final int CLOSING = 421;
    private static final int TOO_MUCH = 552;

    private final Outgoing mail;
    private final String mta;
    private final PeerExtensions extensions;
    private final Map<ForwardPath, Answer> answers = new LinkedHashMap<>();
    private final Map<ForwardPath, Reply> refusals = new LinkedHashMap<>();
    private final List<Recipient> accepted = new ArrayList<>();
    private State state = State.ENVELOPE;
    private List<Recipient> batch = List.of();
    private int told;
    private int heard;
    private boolean isMailRefused;
    private boolean wasMailAccepted;

    ClientDialogue(Outgoing mail, String mta, PeerExtensions extensions) {
        this.mail = mail;
        this.mta = mta;
        this.extensions = extensions;
    }

    /** The message, as this server takes it. */
    Outgoing mail() {
        return mail;
    }

    /** Begins. */
    ClientStep start() {
        if (extensions.maxSize() > 0 && mail.size() > extensions.maxSize()) {
            return unfit("5.3.4", "mail of " + mail.size() + " octets, but " + mta + " takes " + extensions.maxSize());
        }
        return nextTransaction();
    }

    private ClientStep unfit(String status, String words) {
        HostReport report = HostReport.refused(mail.envelope().recipients(), Diagnosis.ours(status, words));
        return new ClientStep.Finished(report, true);
    }

    private ClientStep nextTransaction() {
        List<Recipient> recipients = mail.envelope().recipients();
        batch = recipients.subList(told, Math.min(told + MAX_RECIPIENTS, recipients.size()));
        told += batch.size();
        accepted.clear();
        refusals.clear();
        heard = 0;
        isMailRefused = false;
        state = State.ENVELOPE;
        String first = ClientCommand.mail(mail, extensions);
        if (!isPipelining()) {
            return new ClientStep.Say(first);
        }
        StringBuilder lines = new StringBuilder(first);
        batch.forEach(recipient -> lines.append(ClientCommand.rcpt(recipient, extensions)));
        return new ClientStep.Say(lines.append(ClientCommand.DATA).toString());
    }

    private boolean isPipelining() {
        return extensions.has(Extension.PIPELINING);
    }

    /** Whether the server has taken MAIL at least once; before that nothing has happened that cannot be repeated. */
    boolean wasMailAccepted() {
        return wasMailAccepted;
    }

    /** What is waited for, in words for people. */
    String awaited() {
        return switch (state) {
            case ENVELOPE -> "the reply to " + (heard == 0 ? "MAIL" : heard <= batch.size() ? "RCPT" : "DATA");
            case CONTENT -> "the content to be taken";
            case END, LONE_DOT -> "the reply to the end of content";
            case RESET -> "the reply to RSET";
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

    ClientStep heard(Reply reply) {
        if (reply.code() == CLOSING) {
            return closing(reply);
        }
        if (batch.isEmpty()) {
            // Nothing was said yet.
            return broken(reply);
        }
        return switch (state) {
            case ENVELOPE -> envelope(reply);
            case CONTENT -> reply.isPositive() ? broken(reply) : ended(reply);
            case END -> ended(reply);
            // Whatever the server says, this was nobody's mail (RFC 2920 §3.1).
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
        wasMailAccepted |= !isMailRefused;
        if (isMailRefused) {
            // What was said of the sender holds for all that were still to be told.
            List<Recipient> recipients = mail.envelope().recipients();
            told = recipients.size();
            recipients.forEach(recipient -> answer(recipient.path(), reply, reply.isPermanent()));
        }
        if (isPipelining()) {
            return new ClientStep.Wait();
        }
        return isMailRefused ? transactionOver(false) : say(ClientCommand.rcpt(batch.get(0), extensions));
    }

    private static ClientStep say(String line) {
        return new ClientStep.Say(line);
    }

    private ClientStep rcptAnswered(Recipient recipient, Reply reply) {
        if (reply.isPositive()) {
            accepted.add(recipient);
        } else {
            refusals.put(recipient.path(), reply);
        }
        if (isPipelining()) {
            return new ClientStep.Wait();
        }
        if (heard <= batch.size()) {
            return say(ClientCommand.rcpt(batch.get(heard - 1), extensions));
        }
        return accepted.isEmpty() ? transactionOver(false) : say(ClientCommand.DATA);
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
        accepted.forEach(recipient -> answer(recipient.path(), reply, reply.isPermanent()));
        return transactionOver(false);
    }

    /** The content and its final dot are on their way. */
    void contentSent() {
        state = State.END;
    }

    private ClientStep ended(Reply reply) {
        if (reply.code() >= 300 && reply.isPositive()) {
            return broken(reply);
        }
        // An early refusal leaves content unsent, after which no command could follow.
        boolean isWhole = state == State.END;
        Handling handling = extensions.has(Extension.DSN) ? Handling.PASSED_ON : Handling.RELAYED;
        for (Recipient recipient : accepted) {
            if (reply.isPositive()) {
                Diagnosis diagnosis = HostReport.diagnosis(reply, mta);
                answers.putIfAbsent(
                        recipient.path(), new Answer(new Delivered(recipient.path(), diagnosis, handling), true));
            } else {
                answer(recipient.path(), reply, reply.isPermanent());
            }
        }
        if (!isWhole) {
            return new ClientStep.Finished(lost(HostReport.diagnosis(reply, mta), false), false);
        }
        return transactionOver(reply.isPositive());
    }

    /** The transaction is over; clean if another may follow without RSET and the connection may be kept. */
    private ClientStep transactionOver(boolean isClean) {
        settleRefusals(!accepted.isEmpty());
        if (told < mail.envelope().recipients().size()) {
            state = State.RESET;
            return isClean ? nextTransaction() : say(ClientCommand.RSET);
        }
        return new ClientStep.Finished(new HostReport(List.copyOf(answers.values())), isClean);
    }

    private void settleRefusals(boolean someWereAccepted) {
        refusals.forEach((recipient, reply) -> {
            // What the RFC once used for "too many recipients" means: not now (RFC 5321 §4.5.3.1.10).
            boolean isTooMany = reply.code() == TOO_MUCH && reply.status().isEmpty() && someWereAccepted;
            Diagnosis diagnosis = HostReport.diagnosis(reply, isTooMany ? 4 : reply.code() / 100, mta);
            boolean isFinal = reply.isPermanent() || someWereAccepted;
            answers.putIfAbsent(recipient, new Answer(HostReport.refusal(recipient, diagnosis), isFinal));
        });
    }

    private void answer(ForwardPath recipient, Reply reply, boolean isFinal) {
        Diagnosis diagnosis = HostReport.diagnosis(reply, mta);
        answers.putIfAbsent(recipient, new Answer(HostReport.refusal(recipient, diagnosis), isFinal));
    }

    /** The server goes: nothing that is open was done, except what it says itself. */
    private ClientStep closing(Reply reply) {
        // As its answer to the content it is a plain no, so another host may be asked.
        if (state == State.END) {
            state = State.CONTENT;
        }
        return new ClientStep.Finished(lost(HostReport.diagnosis(reply, 4, mta), false), false);
    }

    private ClientStep broken(Reply reply) {
        Diagnosis diagnosis = Diagnosis.ours("4.5.0", mta + " said " + reply.code() + " instead of " + awaited());
        return new ClientStep.Finished(lost(diagnosis, false), false);
    }

    /**
     * The conversation ended before its end.
     *
     * @param diagnosis why; a transient status.
     * @param isOurFault whether it would end like this with every host.
     * @return what is known. After the final dot the mail may have been taken, so no other host is asked.
     */
    HostReport lost(Diagnosis diagnosis, boolean isOurFault) {
        settleRefusals(state == State.END);
        List<ForwardPath> perhapsTaken =
                state == State.END ? accepted.stream().map(Recipient::path).toList() : List.of();
        for (Recipient recipient : mail.envelope().recipients()) {
            boolean isFinal = isOurFault || perhapsTaken.contains(recipient.path());
            answers.putIfAbsent(recipient.path(), new Answer(new Deferred(recipient.path(), diagnosis), isFinal));
        }
        return new HostReport(List.copyOf(answers.values()));
    }
}
