package dev.caravan.mail;

import java.util.Optional;

/**
 * What a host replied, or this server found, about one recipient in one delivery attempt. It goes unchanged into the
 * report.
 *
 * @param status the peer's own enhanced code, or this server's if it gave none.
 * @param remoteMta the host that replied, as a domain name or address literal; empty if no host did; masked likewise,
 *     cut to 255 characters.
 * @param reply the peer's full reply, lines joined by {@code \n}, and which command it answers, or this server's own
 *     text; printable ASCII (others masked by question marks), cut to 1 KiB.
 */
public record Diagnosis(EnhancedStatus status, Optional<String> remoteMta, String reply) {
    /** How much of a reply is kept. */
    public static final int MAX_REPLY = 1024;

    /** The words that {@link #mayHaveArrived()} looks for, because an item stores nothing else about the doubt. */
    private static final String DOUBT = "the message may have arrived";

    private static final String NOTE = " (in reply to ";

    private static final String EARLIER_DOUBT = "\n(" + DOUBT + " at an earlier attempt)";

    public Diagnosis {
        remoteMta = remoteMta.map(host -> Printable.line(host, Printable.MAX_HOST));
        reply = Printable.lines(reply, MAX_REPLY);
    }

    /** An error that no remote host reported. */
    public static Diagnosis ours(String status, String words) {
        return new Diagnosis(EnhancedStatus.of(status), Optional.empty(), words);
    }

    /**
     * A remote host refused a command.
     *
     * @param reply its full reply.
     * @param command what it answers, such as {@code RCPT TO}; added after the reply, which is cut to make room for it.
     */
    public static Diagnosis inReply(EnhancedStatus status, String remoteMta, String reply, String command) {
        String note = NOTE + command + ")";
        return new Diagnosis(
                status,
                Optional.of(remoteMta),
                Printable.lines(reply, MAX_REPLY - note.length()).stripTrailing() + note);
    }

    /** The reply without the note of {@link #inReply} about the command: what the peer said, for programs. */
    public String said() {
        int note = remoteMta.isPresent() ? reply.lastIndexOf(NOTE) : -1;
        int end = note < 0 ? -1 : reply.indexOf(')', note);
        boolean isAtEndOfLine = end == reply.length() - 1 || (end > 0 && reply.charAt(end + 1) == '\n');
        return note >= 0 && isAtEndOfLine ? reply.substring(0, note) + reply.substring(end + 1) : reply;
    }

    /**
     * A server that had received the whole message sent a reply that cannot be read.
     *
     * @param words the reply, for people.
     */
    public static Diagnosis mayHaveArrived(String words) {
        return ours("4.4.2", DOUBT + ": " + words);
    }

    /**
     * Whether the message may have arrived by this attempt or an earlier one, because a server's reply to the end of
     * the content could not be read. Each further attempt may deliver another copy.
     */
    public boolean mayHaveArrived() {
        return reply.contains(DOUBT);
    }

    /** The same, with a note that the message may have arrived at an earlier attempt. */
    public Diagnosis withEarlierDoubt() {
        if (mayHaveArrived()) {
            return this;
        }
        String said = Printable.lines(reply, MAX_REPLY - EARLIER_DOUBT.length());
        return new Diagnosis(status, remoteMta, said + EARLIER_DOUBT);
    }

    /** The reply on one line. */
    public String line() {
        return reply.replace('\n', ' ');
    }
}
