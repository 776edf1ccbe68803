package dev.caravan.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A mail server on loopback that answers as a table says and keeps the mails it takes. A reply belongs to all commands
 * that begin with its text, the longest text counts; the final dot is the command {@code .}, and {@code greeting} is said
 * to who connects. Without an entry all is well.
 */
public final class FakeMailServer implements AutoCloseable {
    /**
     * A mail that was taken.
     *
     * @param mail the MAIL command.
     * @param recipients the RCPT commands that were answered with 250.
     * @param content its octets without dot stuffing, one for each character.
     */
    public record Taken(String mail, List<String> recipients, String content) {}

    private final ServerSocket listener;
    private final List<String> extensions;
    private final Map<String, String> replies = new ConcurrentHashMap<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<Taken> taken = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    /** Serves at a free port. */
    public FakeMailServer(String... extensions) throws IOException {
        this.extensions = List.of(extensions);
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("peer-accept", this::accept);
    }

    /** Answers all commands that begin with a text; lines of a reply are separated by LF. */
    public FakeMailServer reply(String command, String reply) {
        replies.put(command, reply);
        return this;
    }

    /** All is well again with these commands. */
    public void forget(String command) {
        replies.remove(command);
    }

    /** As new for the next test: all is well, nothing was heard or taken. */
    public void clear() {
        replies.clear();
        heard.clear();
        taken.clear();
    }

    public String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** How many commands began with a text. */
    public long heard(String command) {
        return heard.stream().filter(line -> line.startsWith(command)).count();
    }

    public List<Taken> taken() {
        return List.copyOf(taken);
    }

    /** The mails for a recipient, by its address. */
    public List<Taken> takenFor(String address) {
        return taken.stream()
                .filter(mail -> mail.recipients().stream().anyMatch(rcpt -> rcpt.startsWith("RCPT TO:<" + address)))
                .toList();
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                start("peer", () -> talk(socket));
            }
        } catch (IOException e) {
            // Closed: the test is over.
            return;
        }
    }

    private void talk(Socket socket) {
        try (socket;
                InputStream in = new BufferedInputStream(socket.getInputStream());
                OutputStream out = socket.getOutputStream()) {
            socket.setTcpNoDelay(true);
            say(out, entry("greeting", "220 peer.test ESMTP"));
            String mail = "";
            List<String> recipients = new ArrayList<>();
            for (String line = until(in, "\r\n"); !line.isEmpty(); line = until(in, "\r\n")) {
                String command = line.strip();
                heard.add(command);
                String reply = replyTo(command, recipients);
                say(out, reply);
                boolean isYes = reply.charAt(0) < '4';
                if (command.startsWith("MAIL") || command.equals("RSET")) {
                    mail = command;
                    recipients.clear();
                } else if (command.startsWith("RCPT") && isYes) {
                    recipients.add(command);
                } else if (command.equals("DATA") && isYes) {
                    content(in, out, new Taken(mail, List.copyOf(recipients), ""));
                } else if (command.equals("QUIT")) {
                    return;
                }
            }
        } catch (IOException e) {
            // The other side went away, as clients do.
            return;
        } finally {
            open.remove(socket);
        }
    }

    private void content(InputStream in, OutputStream out, Taken mail) throws IOException {
        String stuffed = "\r\n" + until(in, "\r\n.\r\n");
        String reply = entry(".", "250 2.0.0 taken");
        if (reply.startsWith("250")) {
            String octets = stuffed.substring(0, stuffed.length() - ".\r\n".length())
                    .replace("\r\n.", "\r\n")
                    .substring(2);
            taken.add(new Taken(mail.mail(), mail.recipients(), octets));
        }
        say(out, reply);
    }

    private String replyTo(String command, List<String> recipients) {
        if (command.startsWith("EHLO")) {
            StringBuilder reply = new StringBuilder("250-peer.test");
            extensions.forEach(extension -> reply.append("\n250-").append(extension));
            return entry(command, reply.append("\n250 HELP").toString());
        }
        if (command.equals("DATA")) {
            return recipients.isEmpty() ? "554 5.5.1 no recipient" : entry(command, "354 go on");
        }
        return entry(command, command.equals("QUIT") ? "221 bye" : "250 2.0.0 ok");
    }

    private String entry(String command, String standard) {
        return replies.entrySet().stream()
                .filter(entry -> command.startsWith(entry.getKey()))
                .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(standard);
    }

    private static void say(OutputStream out, String reply) throws IOException {
        out.write((reply.replace("\n", "\r\n") + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** All octets up to and with an end; empty if there is none any more. */
    private static String until(InputStream in, String end) throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        byte[] ending = end.getBytes(StandardCharsets.ISO_8859_1);
        // For the final dot, the content begins at the start of a line.
        int matched = end.length() > 2 ? 2 : 0;
        while (matched < ending.length) {
            int octet = in.read();
            if (octet < 0) {
                return "";
            }
            octets.write(octet);
            matched = octet == ending[matched] ? matched + 1 : octet == '\r' ? 1 : 0;
        }
        return octets.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
