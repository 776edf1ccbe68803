package dev.caravan.dsn;

import dev.caravan.mail.Diagnosis;
import dev.caravan.outcome.Notice;
import java.util.Optional;

/**
 * The part for people who do not know SMTP: what happened, which recipients it concerns, what the server said, what to
 * do.
 */
final class DsnText {
    private static final int MAX_LINE = 76;
    private static final int MAX_SUBJECT = 120;
    private static final String INDENT = "    ";

    private final StringBuilder text = new StringBuilder(2048);

    private DsnText() {}

    static String of(Notice notice, DsnContext facts, ReturnedMessage original) {
        DsnText part = new DsnText();
        part.paragraph("This is the mail system at " + facts.reportingMta() + ".");
        part.paragraph(DsnPhrases.happened(notice));
        for (Notice.NotifiedRecipient told : notice.recipients()) {
            part.recipient(notice, told);
        }
        part.paragraph(DsnPhrases.next(notice));
        part.about(notice, original);
        return part.text.toString();
    }

    private void recipient(Notice notice, Notice.NotifiedRecipient told) {
        line("", told.recipient().path().toString());
        told.recipient()
                .original()
                .map(original -> original.address())
                .filter(address ->
                        !address.equalsIgnoreCase(told.recipient().path().address()))
                .ifPresent(address -> line(INDENT, "(first sent to " + address + ")"));
        DsnPhrases.meaning(notice.kind(), told.diagnosis().status()).ifPresent(meaning -> line(INDENT, meaning));
        Diagnosis diagnosis = told.diagnosis();
        if (!diagnosis.reply().isBlank()) {
            line(INDENT, speaker(diagnosis));
            for (String said : diagnosis.reply().split("\n", -1)) {
                line(INDENT + INDENT, said);
            }
        }
        text.append("\r\n");
    }

    private static String speaker(Diagnosis diagnosis) {
        if (isPeersReply(diagnosis)) {
            return "The mail server " + diagnosis.remoteMta().orElseThrow() + " said:";
        }
        return diagnosis
                .remoteMta()
                .map(host -> "What we found when we tried the mail server " + host + ":")
                .orElse("This mail system says:");
    }

    /** Whether the text is an SMTP reply of the remote server, and not this server's own. */
    static boolean isPeersReply(Diagnosis diagnosis) {
        String reply = diagnosis.reply();
        return diagnosis.remoteMta().isPresent()
                && reply.length() >= 3
                && reply.charAt(0) >= '2'
                && reply.charAt(0) <= '5'
                && isDigit(reply.charAt(1))
                && isDigit(reply.charAt(2))
                && (reply.length() == 3 || reply.charAt(3) == ' ' || reply.charAt(3) == '-');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void about(Notice notice, ReturnedMessage original) {
        line("", original.isWhole() ? "The message is attached." : "The header of the message is attached.");
        text.append("\r\n");
        readableSubject(original).ifPresent(subject -> line("", "Subject: " + subject));
        line("", "Received: " + DsnHeader.date(notice.item().mail().arrival().at()));
        if (notice.item().progress().attempts() > 0) {
            line("", "Attempts: " + notice.item().progress().attempts());
        }
        line("", "Please quote this id if you ask for help: " + notice.item().id());
    }

    /**
     * The subject if people can read it as it is. An encoded subject would confuse readers here; the third part has it.
     */
    private static Optional<String> readableSubject(ReturnedMessage original) {
        return original.header()
                .first("Subject")
                .filter(subject -> !subject.isBlank() && !subject.contains("=?"))
                .filter(subject -> subject.chars().allMatch(c -> c >= ' ' && c <= '~'))
                .map(subject -> subject.length() > MAX_SUBJECT ? subject.substring(0, MAX_SUBJECT) + "..." : subject);
    }

    private void paragraph(String words) {
        line("", words);
        text.append("\r\n");
    }

    /** Adds words, broken at spaces; a word longer than the line is broken where the line ends. */
    private void line(String indent, String words) {
        int room = MAX_LINE - indent.length();
        String rest = words.strip();
        do {
            int end = rest.length() <= room ? rest.length() : rest.lastIndexOf(' ', room);
            end = end <= 0 ? Math.min(room, rest.length()) : end;
            text.append(indent).append(rest, 0, end).append("\r\n");
            rest = rest.substring(end).strip();
        } while (!rest.isEmpty());
    }
}
