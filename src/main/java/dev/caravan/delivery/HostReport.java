package dev.caravan.delivery;

import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Failed;
import dev.caravan.delivery.RecipientResult.NotAttempted;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Printable;
import dev.caravan.mail.Recipient;
import dev.caravan.smtp.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The replies of one host about each recipient.
 *
 * @param answers one for each recipient that it was asked about.
 * @param isReached whether there was a session with it.
 * @param isRemembered whether the host was not asked, because it could not be reached a while ago.
 * @param tls how the connection was protected.
 * @param loginRefusal why this server could not log in, or must do so again; for people.
 * @param loggedOut the recipients that got no other answer because of that.
 */
record HostReport(
        List<Answer> answers,
        boolean isReached,
        boolean isRemembered,
        TlsUse tls,
        Optional<String> loginRefusal,
        Set<ForwardPath> loggedOut) {
    private static final String CLOSING = "421";
    private static final int PERMANENT = 5;
    private static final int TRANSIENT = 4;
    /** RFC 4954 §6: authentication required, too weak, invalid, or encryption required for it. */
    private static final Pattern LOGIN_NEEDED = Pattern.compile("(?:530|534|535|538)(?![0-9])");

    private static final int NETWORK = 4;
    private static final int MAX_NEWS = 200;

    /**
     * The reply of one host about one recipient.
     *
     * @param result the recipient's result if no other host is asked.
     * @param isFinal whether no other host is to be asked.
     */
    record Answer(RecipientResult result, boolean isFinal) {
        private boolean isPermanent() {
            return result.diagnosis().status().kind() == PERMANENT;
        }
    }

    /** The replies of a session. */
    HostReport(List<Answer> answers) {
        this(answers, true, false, TlsUse.NONE, Optional.empty(), Set.of());
    }

    HostReport {
        answers = List.copyOf(answers);
        loggedOut = Set.copyOf(loggedOut);
    }

    /** Both reports, which are about different recipients. */
    HostReport and(HostReport other) {
        return new HostReport(
                Stream.concat(answers.stream(), other.answers.stream()).toList(),
                isReached || other.isReached,
                isRemembered && other.isRemembered,
                other.tls,
                loginRefusal.or(() -> other.loginRefusal),
                Stream.concat(loggedOut.stream(), other.loggedOut.stream()).collect(Collectors.toSet()));
    }

    /** The same without a session. */
    HostReport unreached() {
        return new HostReport(answers, false, isRemembered, tls, loginRefusal, loggedOut);
    }

    /** The same without asking the host. */
    HostReport remembered() {
        return new HostReport(answers, false, true, tls, loginRefusal, loggedOut);
    }

    /** The same on a connection that is protected so. */
    HostReport over(TlsUse use) {
        return new HostReport(answers, isReached, isRemembered, use, loginRefusal, loggedOut);
    }

    /** The same, and this server could not log in. */
    HostReport loginRefused(String words) {
        Set<ForwardPath> all =
                answers.stream().map(answer -> answer.result().recipient()).collect(Collectors.toSet());
        return new HostReport(answers, isReached, isRemembered, tls, Optional.of(words), all);
    }

    /**
     * The same for a smart host: where it refuses a command because nobody is logged in (RFC 4954 §6), the recipients are
     * deferred, and the login counts as refused. An operator can mend that, so nothing is returned for it.
     */
    HostReport ofSmartHost() {
        Optional<String> refusal = loginRefusal;
        Set<ForwardPath> refused = new HashSet<>(loggedOut);
        List<Answer> all = new ArrayList<>();
        for (Answer answer : answers) {
            Diagnosis said = answer.result().diagnosis();
            ForwardPath recipient = answer.result().recipient();
            if (answer.isPermanent()
                    && said.remoteMta().isPresent()
                    && LOGIN_NEEDED.matcher(said.reply()).lookingAt()) {
                refused.add(recipient);
                refusal = Optional.of(said.remoteMta().get() + ": " + said.line());
                all.add(new Answer(new Deferred(recipient, transientOf(said)), false));
            } else {
                all.add(answer);
            }
        }
        return new HostReport(all, isReached, isRemembered, tls, refusal, refused);
    }

    private static Diagnosis transientOf(Diagnosis said) {
        EnhancedStatus status = said.status();
        return new Diagnosis(
                new EnhancedStatus(TRANSIENT, status.subject(), status.detail()), said.remoteMta(), said.reply());
    }

    /** What it says about how many connections the host takes. */
    AttemptNews news() {
        if (isRemembered || answers.isEmpty()) {
            return AttemptNews.NONE;
        }
        AttemptNews.Kind kind = AttemptNews.Kind.OTHER;
        for (Answer answer : answers) {
            if (answer.result() instanceof RecipientResult.Delivered) {
                kind = AttemptNews.Kind.DELIVERED;
                break;
            }
            if (!answer.isPermanent() && isTrouble(answer.result().diagnosis())) {
                kind = AttemptNews.Kind.TROUBLE;
            }
        }
        String reply = answers.get(answers.size() - 1).result().diagnosis().said();
        return new AttemptNews(kind, Printable.line(reply, MAX_NEWS));
    }

    private static boolean isTrouble(Diagnosis diagnosis) {
        return diagnosis.remoteMta().isPresent()
                ? diagnosis.reply().startsWith(CLOSING)
                : diagnosis.status().subject() == NETWORK;
    }

    /** The same failure for all recipients. */
    static HostReport deferred(List<Recipient> recipients, Diagnosis diagnosis, boolean isFinal) {
        return new HostReport(recipients.stream()
                .map(recipient -> new Answer(new Deferred(recipient.path(), diagnosis), isFinal))
                .toList());
    }

    /** The host was not asked, and no other host is to be asked in its place. */
    static HostReport notAttempted(List<Recipient> recipients, Diagnosis diagnosis) {
        return new HostReport(recipients.stream()
                .map(recipient -> new Answer(new NotAttempted(recipient.path(), diagnosis), true))
                .toList());
    }

    /** A refusal of all recipients; another host may be asked. */
    static HostReport refused(List<Recipient> recipients, Diagnosis diagnosis) {
        return new HostReport(recipients.stream()
                .map(recipient -> new Answer(refusal(recipient.path(), diagnosis), false))
                .toList());
    }

    /** Deferred or failed, as the status says. */
    static RecipientResult refusal(ForwardPath recipient, Diagnosis diagnosis) {
        return diagnosis.status().kind() == 5 ? new Failed(recipient, diagnosis) : new Deferred(recipient, diagnosis);
    }

    /**
     * A reply as it is reported: its own enhanced code if that agrees with the reply code (RFC 2034 §4).
     *
     * @param answered the command that it answers.
     */
    static Diagnosis diagnosis(Reply reply, String mta, String answered) {
        return diagnosis(reply, reply.code() / 100, mta, answered);
    }

    /** A reply that is treated as one of another class. */
    static Diagnosis diagnosis(Reply reply, int kind, String mta, String answered) {
        EnhancedStatus status = Stream.of(
                        reply.status(),
                        EnhancedStatus.leading(reply.lines().get(0)),
                        EnhancedStatus.leading(reply.lines().get(reply.lines().size() - 1)))
                .flatMap(Optional::stream)
                // 552 5.5.3 is a permanent code for a transient state (RFC 5321 §4.5.3.1.10).
                .map(given -> kind != reply.code() / 100 && given.kind() == reply.code() / 100
                        ? new EnhancedStatus(kind, given.subject(), given.detail())
                        : given)
                .filter(given -> given.kind() == kind)
                .findFirst()
                .orElseGet(() -> new EnhancedStatus(kind, 0, 0));
        return kind == 2
                ? new Diagnosis(status, Optional.of(mta), reply.text())
                : Diagnosis.inReply(status, mta, reply.text(), answered);
    }
}
