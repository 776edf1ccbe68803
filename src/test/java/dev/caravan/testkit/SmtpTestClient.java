package dev.caravan.testkit;

import dev.caravan.net.SmtpDialogue;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A client that says what a test tells it to, line by line, over a real connection. */
public final class SmtpTestClient implements AutoCloseable {
    /** A short message, for tests to which its content does not matter. */
    public static final String HELLO = "Subject: x\r\n\r\nhello\r\n";

    private static final int LONGEST_WAIT_MILLIS = 60_000;

    private Socket socket;
    private SmtpDialogue dialogue;
    private final String greeting;

    /** Connects and reads the greeting. */
    public SmtpTestClient(InetSocketAddress server) throws IOException {
        this(connected(server));
    }

    private SmtpTestClient(Socket connected) throws IOException {
        socket = connected;
        socket.setSoTimeout(LONGEST_WAIT_MILLIS);
        dialogue = new SmtpDialogue(socket, StandardCharsets.ISO_8859_1);
        greeting = reply();
    }

    /** Connects to a port whose connections begin with TLS, accepts any certificate, and reads the greeting. */
    public static SmtpTestClient overTls(InetSocketAddress server, SSLContext context) throws IOException {
        return new SmtpTestClient(secured(connected(server), context));
    }

    private static Socket connected(InetSocketAddress server) throws IOException {
        Socket connected = new Socket(server.getAddress(), server.getPort());
        // Else the first command under TLS waits until the server has acknowledged the end of the handshake.
        connected.setTcpNoDelay(true);
        return connected;
    }

    private static SSLSocket secured(Socket socket, SSLContext context) throws IOException {
        SSLSocket secured =
                (SSLSocket) context.getSocketFactory().createSocket(socket, "mx.example", socket.getPort(), true);
        secured.startHandshake();
        return secured;
    }

    /**
     * Sends STARTTLS and begins TLS.
     *
     * @return the reply; TLS is on if it is 220.
     */
    public String startTls(SSLContext context) throws IOException {
        String reply = say("STARTTLS");
        if (reply.startsWith("220")) {
            secure(context);
        }
        return reply;
    }

    /** Begins TLS, after the reply to STARTTLS. */
    public void secure(SSLContext context) throws IOException {
        SSLSocket secured = secured(socket, context);
        socket = secured;
        dialogue = new SmtpDialogue(secured, StandardCharsets.ISO_8859_1);
    }

    /** The connection itself; of type {@link SSLSocket} if TLS is on. */
    public Socket socket() {
        return socket;
    }

    /** What the server said first. */
    public String greeting() {
        return greeting;
    }

    /** Sends a command and reads its reply: the last line, or an empty text if the server hung up. */
    public String say(String command) throws IOException {
        raw(command + "\r\n");
        return reply();
    }

    /** Sends octets, one for each character. */
    public void raw(String octets) throws IOException {
        raw(octets.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends octets. */
    public void raw(byte[] octets) throws IOException {
        dialogue.write(octets);
    }

    /** The last line of the next reply, or an empty text if the server hung up. */
    public String reply() throws IOException {
        try {
            return dialogue.reply();
        } catch (EOFException e) {
            return "";
        }
    }

    /**
     * Sends a whole message after EHLO.
     *
     * @param from what follows {@code MAIL FROM:}, such as {@code <a@b.test> BODY=8BITMIME}.
     * @param to what follows each {@code RCPT TO:}.
     * @param content as it is to arrive: one octet for each character, dots not doubled.
     * @return the reply to the content, or the first refusal.
     */
    public String send(String from, List<String> to, String content) throws IOException {
        List<String> commands = new ArrayList<>(List.of("MAIL FROM:" + from));
        to.forEach(recipient -> commands.add("RCPT TO:" + recipient));
        commands.add("DATA");
        for (String command : commands) {
            String reply = say(command);
            if (reply.isEmpty() || reply.charAt(0) > '3') {
                return reply;
            }
        }
        dialogue.writeContent(content.getBytes(StandardCharsets.ISO_8859_1));
        return say(".");
    }

    /** {@link #send} over a connection of its own. */
    public static String sendOne(InetSocketAddress server, String from, List<String> to, String content)
            throws IOException {
        try (SmtpTestClient client = new SmtpTestClient(server)) {
            client.say("EHLO client.test");
            String reply = client.send(from, to, content);
            client.say("QUIT");
            return reply;
        }
    }

    /** One message for one recipient over a connection of its own. */
    public static String sendOne(InetSocketAddress server, String from, String to, String content) throws IOException {
        return sendOne(server, from, List.of(to), content);
    }

    /** Tears the connection down at once, as a client does that is killed with replies unread. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        dialogue.close();
    }
}
