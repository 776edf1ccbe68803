package dev.caravan.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that says what a test tells it to, line by line, over a real connection. */
public final class SmtpTestClient implements AutoCloseable {
    private static final int LONGEST_WAIT_MILLIS = 60_000;

    private final Socket socket;
    private final BufferedReader in;
    private final OutputStream out;
    private final String greeting;

    /** Connects and reads the greeting. */
    public SmtpTestClient(InetSocketAddress server) throws IOException {
        socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(LONGEST_WAIT_MILLIS);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        out = socket.getOutputStream();
        greeting = reply();
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
        out.write(octets.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Sends octets. */
    public void raw(byte[] octets) throws IOException {
        out.write(octets);
        out.flush();
    }

    /** The last line of the next reply. */
    public String reply() throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = in.readLine();
        }
        return line == null ? "" : line;
    }

    /** Sends a whole mail after EHLO; returns the reply to its content, or the first refusal. */
    public String send(String mailFrom, String rcptTo, String content) throws IOException {
        for (String command : new String[] {"MAIL FROM:" + mailFrom, "RCPT TO:" + rcptTo, "DATA"}) {
            String reply = say(command);
            if (reply.isEmpty() || reply.charAt(0) > '3') {
                return reply;
            }
        }
        raw(content);
        return say(".");
    }

    /** One mail over a connection of its own. */
    public static String sendOne(InetSocketAddress server, String mailFrom, String rcptTo, String content)
            throws IOException {
        try (SmtpTestClient talk = new SmtpTestClient(server)) {
            talk.say("EHLO client.test");
            String reply = talk.send(mailFrom, rcptTo, content);
            talk.say("QUIT");
            return reply;
        }
    }

    /** Tears the connection down at once, as a client does that is killed with replies unread. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
