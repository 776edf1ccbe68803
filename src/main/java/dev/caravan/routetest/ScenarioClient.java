package dev.caravan.routetest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The client of a test of routes: sends its message over a real connection, and records each reply. */
final class ScenarioClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final BufferedReader in;
    private final Map<String, List<String>> replies = new LinkedHashMap<>();

    private ScenarioClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    /**
     * Sends the message as far as the replies allow.
     *
     * @param claims maps the client's port to the address that the server assumes.
     * @return the last line of each reply: of connect, helo, mail, data one; of rcpt one for each recipient.
     */
    static Map<String, List<String>> send(
            RouteScenario.Client client, InetSocketAddress server, Map<Integer, InetAddress> claims)
            throws IOException {
        try (Socket socket = new Socket()) {
            // The server reads the address when it accepts the connection, so it must be set before.
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            claims.put(socket.getLocalPort(), client.address());
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
        if (!isYes(note("connect")) || !isYes(say("helo", "EHLO " + client.helo()))) {
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
            write("DATA");
            String reply = reply();
            if (reply.startsWith("3")) {
                say("data", stuffed(client.content()) + ".");
            } else {
                replies.put("data", List.of(reply));
            }
        }
        write("QUIT");
        reply();
    }

    private static String stuffed(String content) {
        StringBuilder text = new StringBuilder();
        content.lines()
                .forEach(line -> text.append(line.startsWith(".") ? "." : "")
                        .append(line)
                        .append("\r\n"));
        return text.toString();
    }

    private String say(String key, String command) throws IOException {
        write(command);
        return note(key);
    }

    private String note(String key) throws IOException {
        String reply = reply();
        replies.computeIfAbsent(key, any -> new ArrayList<>()).add(reply);
        return reply;
    }

    private void write(String line) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private String reply() throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') {
            line = in.readLine();
        }
        return line == null ? "connection closed" : line;
    }

    private static boolean isYes(String reply) {
        return reply.startsWith("2");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
