package dev.caravan.cli;

import dev.caravan.net.SmtpDialogue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The SMTP dialogue that submits one message: for all recipients or, if one is refused, for none. */
final class SmtpSubmissionClient implements AutoCloseable {
    private static final int CONNECT_MILLIS = 30_000;
    /** RFC 5321 §4.5.3.2.6 gives the server ten minutes for its last reply. */
    private static final int REPLY_MILLIS = 600_000;

    private static final Pattern MAIL_ID = Pattern.compile("\\b[0-9A-Z]{16}\\b");

    private final SmtpDialogue dialogue;

    /** The command that a reply answers. */
    enum Stage {
        GREETING,
        SENDER,
        RECIPIENT,
        CONTENT
    }

    /**
     * The end of the dialogue.
     *
     * @param stage the last command.
     * @param reply the last line of the server's reply, in printable ASCII.
     */
    record Answer(Stage stage, String reply) {
        boolean isYes() {
            return stage == Stage.CONTENT && reply.startsWith("2");
        }

        /** Whether the refusal is permanent. */
        boolean isFinal() {
            return reply.startsWith("5");
        }

        /** The id that the server gave the message; the whole reply if it has none. */
        String mailId() {
            Matcher matcher = MAIL_ID.matcher(reply);
            return matcher.find() ? matcher.group() : reply;
        }
    }

    /** @throws IOException if the server cannot be reached. */
    SmtpSubmissionClient(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(REPLY_MILLIS);
        socket.connect(server, CONNECT_MILLIS);
        dialogue = new SmtpDialogue(socket, StandardCharsets.ISO_8859_1);
    }

    /**
     * Sends a message.
     *
     * @return the reply that ended the dialogue.
     * @throws IOException if the connection breaks or the server does not speak SMTP.
     */
    Answer send(String hostname, SubmittedEnvelope envelope, byte[] content) throws IOException {
        String reply = printable(dialogue.reply());
        if (reply.startsWith("2")) {
            reply = say("EHLO " + hostname);
        }
        if (!reply.startsWith("2")) {
            return new Answer(Stage.GREETING, reply);
        }
        reply = say(envelope.mailCommand(content.length, isEightBit(content)));
        if (!reply.startsWith("2")) {
            return new Answer(Stage.SENDER, reply);
        }
        for (String recipient : envelope.recipients()) {
            reply = say(envelope.rcptCommand(recipient));
            if (!reply.startsWith("2")) {
                return new Answer(Stage.RECIPIENT, reply);
            }
        }
        reply = say("DATA");
        if (reply.startsWith("3")) {
            dialogue.writeContent(content);
            reply = say(".");
        }
        return new Answer(Stage.CONTENT, reply);
    }

    /** Sends QUIT. The outcome is known, so failures are ignored. */
    void quit() {
        try {
            dialogue.write("QUIT\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The server has closed the connection first; its reply to the message stands.
            return;
        }
    }

    private static boolean isEightBit(byte[] content) {
        for (byte octet : content) {
            if (octet < 0) {
                return true;
            }
        }
        return false;
    }

    private String say(String command) throws IOException {
        return printable(dialogue.say(command));
    }

    private static String printable(String reply) {
        return reply.replaceAll("[^\\x20-\\x7e]", "?");
    }

    @Override
    public void close() throws IOException {
        dialogue.close();
    }
}
