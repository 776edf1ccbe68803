package dev.caravan.dsn;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.outcome.Notice;
import java.util.Map;
import java.util.Optional;

/** The sentences for people in a notification's first part. */
final class DsnPhrases {
    /** What subject and detail of a status mean for the sender (RFC 3463 §3), where that is more than the reply says. */
    private static final Map<String, String> MEANINGS = Map.ofEntries(
            Map.entry("1.0", "Something is wrong with this address. Please check its spelling."),
            Map.entry("1.1", "There is no such mailbox. Please check the part before the @ for a typing mistake."),
            Map.entry("1.2", "There is no such mail domain. Please check the part after the @ for a typing mistake."),
            Map.entry("1.3", "This address is malformed. Please check its spelling."),
            Map.entry("1.6", "The recipient has moved and left no new address."),
            Map.entry("1.10", "This domain accepts no mail at all. Please check the part after the @."),
            Map.entry("2.1", "This mailbox is closed at present."),
            Map.entry("2.2", "The recipient's mailbox is full. Please tell the recipient in another way."),
            Map.entry("2.3", "The message is larger than this recipient may receive. Please send less, or a link."),
            Map.entry("3.4", "The message is larger than the other mail server accepts. Please send less, or a link."),
            Map.entry("4.1", "The recipient's mail server does not answer."),
            Map.entry("4.4", "The recipient's mail server cannot be found."),
            Map.entry("4.6", "The message would travel in a loop. The recipient's postmaster has to correct this."),
            Map.entry(
                    "6.3",
                    "The other mail server does not accept this kind of content, and the message must not be changed."),
            Map.entry(
                    "6.7",
                    "The other mail server accepts only addresses in English letters, digits and signs. Please use another"
                            + " address."),
            Map.entry(
                    "6.9",
                    "The other mail server does not accept a message whose header has other letters than English ones."),
            Map.entry("7.1", "The other mail server does not accept this message because of its rules."));

    private DsnPhrases() {}

    static Optional<String> meaning(Notice.Kind kind, EnhancedStatus status) {
        return switch (kind) {
            case FAILED, DELAYED -> Optional.ofNullable(MEANINGS.get(status.subject() + "." + status.detail()));
            case RELAYED, DELIVERED, EXPANDED -> Optional.empty();
        };
    }

    static String happened(Notice notice) {
        String whom = notice.recipients().size() == 1 ? "the recipient below" : "the recipients below";
        return switch (notice.kind()) {
            case FAILED ->
                notice.to() == Notice.To.POSTMASTER
                        ? "A message could not be delivered to " + whom
                                + ". It has no sender to whom it could be returned"
                                + " (most likely it is a report itself), so this report goes to you, the postmaster."
                        : mayAllHaveArrived(notice)
                                ? "We do not know whether your message was delivered to " + whom + "."
                                : "Unfortunately your message could not be delivered to " + whom + ".";
            case DELAYED ->
                "Your message has not been delivered yet to " + whom + ". You need not do anything: we keep trying.";
            case RELAYED ->
                "Your message was passed to the mail server of " + whom + ". That server is responsible for it now.";
            case DELIVERED -> "Your message was delivered to " + whom + ".";
            case EXPANDED ->
                "Your message was sent to several other addresses, for which "
                        + (notice.recipients().size() == 1
                                ? "the address below stands."
                                : "the addresses below stand.");
        };
    }

    static String next(Notice notice) {
        return switch (notice.kind()) {
            case FAILED -> afterFailure(notice);
            case DELAYED ->
                "We will try again until "
                        + notice.retryUntil().map(DsnHeader::date).orElse("it is too old")
                        + ". If the message cannot be delivered by then, you will get another report.";
            case RELAYED ->
                "You may get no further report: not every server reports when it has put a message into the"
                        + " recipient's mailbox. If it cannot do so, it should send you a report.";
            case EXPANDED ->
                "You will get no report when each of them has it. You will get one if it cannot be delivered to one of"
                        + " them, unless you asked for none.";
            case DELIVERED -> "It is in the recipient's mailbox. This does not mean that it was read.";
        };
    }

    private static String afterFailure(Notice notice) {
        if (notice.to() == Notice.To.POSTMASTER) {
            return "We have stopped trying. No other report is sent.";
        }
        if (mayAllHaveArrived(notice)) {
            return "We have stopped trying, because each further attempt may deliver another copy. Please ask in another"
                    + " way whether the message has arrived before you send it again.";
        }
        if (notice.recipients().stream()
                .map(Notice.NotifiedRecipient::diagnosis)
                .allMatch(DsnPhrases::mayPass)) {
            int attempts = notice.item().progress().attempts();
            return "We tried " + (attempts == 1 ? "once" : attempts + " times") + ", and have stopped because the"
                    + " message is too old now. The problem may be temporary: you may send the message again later, or"
                    + " reach the recipient in another way.";
        }
        return "We have stopped trying. Sending the same message again will not help as long as the reason above remains."
                + " If you do not understand it, forward this report to your mail administrator.";
    }

    private static boolean mayAllHaveArrived(Notice notice) {
        return notice.recipients().stream()
                .map(Notice.NotifiedRecipient::diagnosis)
                .allMatch(Diagnosis::mayHaveArrived);
    }

    /** Class 4 in a failure report: the message was given up for its age (RFC 3463 §2). */
    private static boolean mayPass(Diagnosis diagnosis) {
        return diagnosis.status().kind() == 4;
    }
}
