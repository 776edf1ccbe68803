package dev.caravan.delivery;

import dev.caravan.smtp.Reply;

/** What the client does next. */
sealed interface ClientStep {
    /**
     * Send commands.
     *
     * @param lines one or more, each with its line end.
     */
    record Send(String lines) implements ClientStep {}

    /** Send the content and the dot that ends it, then say so to {@link ClientDialogue#contentSent()}. */
    record SendContent() implements ClientStep {}

    /** Wait for another reply. */
    record Wait() implements ClientStep {}

    /**
     * The session is open: a mail may be sent.
     *
     * @param extensions what the server offers.
     */
    record Open(PeerExtensions extensions) implements ClientStep {}

    /**
     * The server wants no session with us.
     *
     * @param reply 4yz or 5yz.
     * @param answered what it answers.
     */
    record Refused(Reply reply, String answered) implements ClientStep {}

    /**
     * What was heard makes no sense here.
     *
     * @param words for people.
     */
    record Broken(String words) implements ClientStep {}

    /**
     * All is said about this mail.
     *
     * @param report what became of it.
     * @param isReusable whether another mail may follow on the connection.
     */
    record Finished(HostReport report, boolean isReusable) implements ClientStep {}
}
