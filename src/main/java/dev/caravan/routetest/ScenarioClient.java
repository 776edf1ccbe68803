package dev.caravan.routetest;

import dev.caravan.net.SmtpDialogue;
import dev.caravan.receive.SmtpListenerInitializer;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The client of a test of routes: sends its message over a real connection, and records each reply. */
final class ScenarioClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final String CLOSED = "connection closed";

    private final SmtpDialogue dialogue;
    private final Map<String, List<String>> replies = new LinkedHashMap<>();

    private ScenarioClient(Socket socket) throws IOException {
        this.dialogue = new SmtpDialogue(socket, StandardCharsets.UTF_8);
    }

    /**
     * Sends the message as far as the replies allow.
     *
     * @param claims maps the client's port to the client that the server assumes.
     * @return the last line of each reply: of connect, helo, mail, data one; of rcpt one for each recipient.
     */
    static Map<String, List<String>> send(
            RouteScenario.Client client, InetSocketAddress server, Map<Integer, SmtpListenerInitializer.Claim> claims)
            throws IOException {
        try (Socket socket = new Socket()) {
            // The server reads the address when it accepts the connection, so it must be set before.
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            claims.put(socket.getLocalPort(), new SmtpListenerInitializer.Claim(client.address(), client.user()));
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(server, PATIENCE_MILLIS);
            try (ScenarioClient talk = new ScenarioClient(socket)) {
                talk.talk(client);
                return talk.replies;
            } finally {
                claims.remove(socket.getLocalPort());
            }
        }
    }

    private void talk(RouteScenario.Client client) throws IOException {
        if (!isYes(note("connect", unlessClosed(dialogue::reply))) || !isYes(say("helo", "EHLO " + client.helo()))) {
            return;
        }
        if (!isYes(say("mail", client.sender().in("MAIL FROM")))) {
            return;
        }
        boolean anyone = false;
        for (RouteScenario.Path recipient : client.recipients()) {
            anyone |= isYes(say("rcpt", recipient.in("RCPT TO")));
        }
        if (anyone) {
            String reply = reply("DATA");
            if (reply.startsWith("3")) {
                dialogue.writeContent(withLineEnds(client.content()).getBytes(StandardCharsets.UTF_8));
                say("data", ".");
            } else {
                replies.put("data", List.of(reply));
            }
        }
        reply("QUIT");
    }

    private static String withLineEnds(String content) {
        return content.lines().map(line -> line + "\r\n").collect(Collectors.joining());
    }

    private String say(String key, String command) throws IOException {
        return note(key, reply(command));
    }

    private String note(String key, String reply) {
        replies.computeIfAbsent(key, any -> new ArrayList<>()).add(reply);
        return reply;
    }

    private String reply(String command) throws IOException {
        return unlessClosed(() -> dialogue.say(command));
    }

    private interface Waiting {
        String reply() throws IOException;
    }

    private static String unlessClosed(Waiting waiting) throws IOException {
        try {
            return waiting.reply();
        } catch (EOFException e) {
            return CLOSED;
        }
    }

    private static boolean isYes(String reply) {
        return reply.startsWith("2");
    }

    @Override
    public void close() throws IOException {
        dialogue.close();
    }
}
