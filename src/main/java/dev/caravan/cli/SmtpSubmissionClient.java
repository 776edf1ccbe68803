package dev.caravan.cli;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
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

    private static final int MAX_REPLY_LINES = 100;
    private static final Pattern MAIL_ID = Pattern.compile("\\b[0-9A-Z]{16}\\b");

    private final Socket socket;
    private final BufferedReader in;
    private final OutputStream out;

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
        socket = new Socket();
        socket.setSoTimeout(REPLY_MILLIS);
        socket.connect(server, CONNECT_MILLIS);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        out = new BufferedOutputStream(socket.getOutputStream());
    }

    /**
     * Sends a message.
     *
     * @return the reply that ended the dialogue.
     * @throws IOException if the connection breaks or the server does not speak SMTP.
     */
    Answer send(String hostname, SubmittedEnvelope envelope, byte[] content) throws IOException {
        String reply = reply();
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
            writeStuffed(content);
            reply = say(".");
        }
        return new Answer(Stage.CONTENT, reply);
    }

    /** Sends QUIT. The outcome is known, so failures are ignored. */
    void quit() {
        try {
            out.write("QUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
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

    /** RFC 5321 §4.5.2: a dot at the beginning of a line is sent twice. */
    private void writeStuffed(byte[] content) throws IOException {
        boolean atStart = true;
        for (byte octet : content) {
            if (atStart && octet == '.') {
                out.write('.');
            }
            out.write(octet);
            atStart = octet == '\n';
        }
    }

    private String say(String command) throws IOException {
        out.write((command + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return reply();
    }

    private String reply() throws IOException {
        for (int i = 0; i < MAX_REPLY_LINES; i++) {
            String line = in.readLine();
            if (line == null) {
                throw new IOException("the connection was closed");
            }
            if (line.length() < 4 || line.charAt(3) != '-') {
                return line.replaceAll("[^\\x20-\\x7e]", "?");
            }
        }
        throw new IOException("a reply of more than " + MAX_REPLY_LINES + " lines");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
