package dev.caravan.delivery;

import dev.caravan.mail.Diagnosis;
import dev.caravan.smtp.Reply;
import java.util.Optional;
import java.util.function.Supplier;

/** The client's next step. */
sealed interface ClientStep {
    /**
     * Send commands.
     *
     * @param lines one or more, each with its line end.
     */
    record Send(String lines) implements ClientStep {}

    /** Send the content and its end, by the form of the message, then call {@link ClientDialogue#contentSent()}. */
    record SendContent() implements ClientStep {}

    /** Wait for another reply. */
    record Wait() implements ClientStep {}

    /**
     * The session is open: a message may be sent.
     *
     * @param extensions the server's extensions.
     */
    record Open(PeerExtensions extensions) implements ClientStep {}

    /** Begin TLS, then call {@link ClientOpening#secured()}; nothing may have come after the last reply. */
    record StartTls() implements ClientStep {}

    /**
     * Take a step that needs a second of the processor to be found.
     *
     * @param next gives it; may run on any thread, while nothing else is called.
     */
    record Calculate(Supplier<ClientStep> next) implements ClientStep {}

    /**
     * The server does not do what the policy requires; another host may.
     *
     * @param diagnosis a transient status.
     */
    record Unmet(Diagnosis diagnosis) implements ClientStep {}

    /**
     * This server cannot log in.
     *
     * @param words why, for people.
     * @param reply the server's, if it refused.
     */
    record LoginRefused(String words, Optional<Reply> reply) implements ClientStep {}

    /**
     * The server refuses the session.
     *
     * @param reply 4yz or 5yz.
     * @param answered the command that it answers.
     */
    record Refused(Reply reply, String answered) implements ClientStep {}

    /**
     * The server's input is invalid here.
     *
     * @param words the reason, for people.
     */
    record Broken(String words) implements ClientStep {}

    /**
     * The message has a result.
     *
     * @param report the results.
     * @param isReusable whether another message may follow on the connection.
     */
    record Finished(HostReport report, boolean isReusable) implements ClientStep {}
}
