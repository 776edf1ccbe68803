package dev.caravan.routetest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A mail server for tests, at a loopback address, that takes every message unless it is told which reply to give. A
 * subclass may look at what comes and change the reply to a message. Thread-safe.
 */
public class FakeMailHost implements AutoCloseable {
    /** Instead of a command: the client has connected. */
    protected static final String CONNECT = "connect";

    private static final String LINE_END = "\r\n";
    private static final String CONTENT_END = "\r\n.\r\n";

    private final String name;
    private final List<String> extensions;
    private final LoopbackServer server;
    private volatile Map<String, String> replies = Map.of();

    /**
     * A message that came whole.
     *
     * @param mail the MAIL command.
     * @param recipients the RCPT commands that got a positive reply.
     * @param content its octets without dot stuffing, one for each character.
     */
    public record Taken(String mail, List<String> recipients, String content) {}

    /**
     * Binds its address; clients wait until {@link #start}.
     *
     * @param name by which it greets.
     * @param extensions of SMTP that it offers.
     * @throws java.net.BindException if the port is taken.
     */
    public FakeMailHost(String name, InetSocketAddress address, List<String> extensions) throws IOException {
        this.name = name;
        this.extensions = List.copyOf(extensions);
        this.server = new LoopbackServer("mail-host-" + name, address);
    }

    /** Serves from now on. */
    public final void start() {
        server.start(this::serve);
    }

    public final InetSocketAddress socketAddress() {
        return server.address();
    }

    /**
     * Says what it answers from now on; to all other commands it says yes.
     *
     * @param table replies by how a command begins, in any case of letters; the longest beginning counts. {@code connect}
     *     is for the greeting, the final dot is the command {@code .}. LF separates the lines of a reply; an empty reply
     *     ends the connection.
     */
    public final void answer(Map<String, String> table) {
        replies = Map.copyOf(table);
    }

    /** Called for each command, and for {@link #CONNECT}, before the reply to it. */
    protected void onCommand(String command) {}

    /**
     * Called when a message is whole, before the reply to it.
     *
     * @param reply what the table says.
     * @return what is said.
     */
    protected String onMessage(Taken message, String reply) throws InterruptedException {
        return reply;
    }

    private void serve(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        onCommand(CONNECT);
        String mail = "";
        List<String> recipients = new ArrayList<>();
        String command = "";
        StringBuilder chunks = new StringBuilder();
        boolean isOpen = say(out, reply(CONNECT, "220 " + name + " ESMTP"));
        while (isOpen && !command.equalsIgnoreCase("QUIT")) {
            Optional<String> line = until(in, LINE_END);
            if (line.isEmpty()) {
                return;
            }
            command = line.get().strip();
            onCommand(command);
            String verb = verb(command);
            if (verb.equals("BDAT")) {
                isOpen = takeChunk(command, in, out, chunks, new Taken(mail, List.copyOf(recipients), ""));
                continue;
            }
            String reply = reply(command, standard(verb, recipients));
            isOpen = say(out, reply);
            boolean isYes = isOpen && reply.charAt(0) < '4';
            if (verb.equals("MAIL") || verb.equals("RSET")) {
                mail = command;
                recipients.clear();
                chunks.setLength(0);
            } else if (verb.equals("RCPT") && isYes) {
                recipients.add(command);
            } else if (verb.equals("DATA") && isYes) {
                isOpen = takeContent(in, out, mail, recipients);
            }
        }
    }

    private static String verb(String command) {
        return command.split(" ", 2)[0].toUpperCase(Locale.ROOT);
    }

    private String standard(String verb, List<String> recipients) {
        return switch (verb) {
            case "EHLO" -> ehloReply();
            case "DATA" -> recipients.isEmpty() ? "554 5.5.1 no recipient" : "354 go on";
            case "QUIT" -> "221 2.0.0 bye";
            default -> "250 2.0.0 ok";
        };
    }

    private String ehloReply() {
        List<String> lines = new ArrayList<>(List.of(name));
        lines.addAll(extensions);
        int last = lines.size() - 1;
        StringBuilder reply = new StringBuilder();
        for (String line : lines.subList(0, last)) {
            reply.append("250-").append(line).append('\n');
        }
        return reply.append("250 ").append(lines.get(last)).toString();
    }

    private boolean takeContent(InputStream in, OutputStream out, String mail, List<String> recipients)
            throws IOException {
        Optional<String> stuffed = until(in, CONTENT_END);
        if (stuffed.isEmpty()) {
            return false;
        }
        String content = (LINE_END + stuffed.get()).replace("\r\n.", "\r\n").substring(LINE_END.length());
        return take(out, new Taken(mail, List.copyOf(recipients), content), ".");
    }

    /** A chunk (RFC 3030 §2); the reply to it is that to {@code BDAT}. */
    private boolean takeChunk(String command, InputStream in, OutputStream out, StringBuilder chunks, Taken envelope)
            throws IOException {
        String[] words = command.split(" ");
        byte[] octets = in.readNBytes(Integer.parseInt(words[1]));
        chunks.append(new String(octets, StandardCharsets.ISO_8859_1));
        if (words.length < 3) {
            return say(out, reply(command, "250 2.0.0 go on"));
        }
        Taken message = new Taken(envelope.mail(), envelope.recipients(), chunks.toString());
        chunks.setLength(0);
        return take(out, message, command);
    }

    private boolean take(OutputStream out, Taken message, String command) throws IOException {
        try {
            return say(out, onMessage(message, reply(command, "250 2.0.0 taken")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String reply(String command, String standard) {
        String folded = command.toUpperCase(Locale.ROOT);
        return replies.entrySet().stream()
                .filter(entry -> folded.startsWith(entry.getKey().toUpperCase(Locale.ROOT)))
                .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(standard);
    }

    /** Whether the connection stays open. */
    private static boolean say(OutputStream out, String reply) throws IOException {
        if (reply.isEmpty()) {
            return false;
        }
        out.write((reply.replace("\n", LINE_END) + LINE_END).getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return true;
    }

    /** Reads lines up to an end; of the end, no more than its first line end is among them. */
    private static Optional<String> until(InputStream in, String end) throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        // Content begins at the start of a line.
        int atLineStart = end.equals(CONTENT_END) ? LINE_END.length() : 0;
        int matched = atLineStart;
        while (matched < end.length()) {
            int octet = in.read();
            if (octet < 0) {
                return Optional.empty();
            }
            octets.write(octet);
            matched = octet == end.charAt(matched) ? matched + 1 : octet == '\r' ? 1 : 0;
        }
        String text = octets.toString(StandardCharsets.ISO_8859_1);
        return Optional.of(text.substring(0, text.length() - (end.length() - atLineStart)));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
