package dev.caravan.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** A POP3 server with one mailbox, which does what a test tells it to do wrong. */
public final class FakePop3 implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> clients = new CopyOnWriteArrayList<>();
    private final Map<String, String> messages = new LinkedHashMap<>();
    private volatile Script script = (talk, command) -> false;

    /** Answers commands in the place of the server. */
    public interface Script {
        /** Whether it has answered, or ended the connection. */
        boolean answer(Talk talk, String command) throws IOException;
    }

    /** A connection. */
    public record Talk(Socket client, List<String> uids) {
        /** Whether a command asks for the message with that name. */
        public boolean isRetr(String command, String uid) {
            return command.equals("RETR " + (uids.indexOf(uid) + 1));
        }

        public void say(String text) throws IOException {
            client.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            client.getOutputStream().flush();
        }

        public void hangUp() throws IOException {
            client.close();
        }
    }

    public FakePop3() throws IOException {
        Thread listener = new Thread(this::listen, "fake-pop3");
        listener.setDaemon(true);
        listener.start();
    }

    public String address() {
        return "pop3://127.0.0.1:" + socket.getLocalPort();
    }

    /** Begins again with an empty mailbox, and does everything right. */
    public synchronized void reset() {
        messages.clear();
        script = (talk, command) -> false;
    }

    public void doing(Script wrong) {
        script = wrong;
    }

    /** A message whose lines end with CRLF. */
    public synchronized void put(String uid, String text) {
        messages.put(uid, text);
    }

    public synchronized List<String> uids() {
        return List.copyOf(messages.keySet());
    }

    private void listen() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                clients.add(client);
                Thread talk = new Thread(() -> serve(client), "fake-pop3-talk");
                talk.setDaemon(true);
                talk.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            List<String> uids = uids();
            Talk talk = new Talk(client, uids);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
            talk.say("+OK ready");
            Set<Integer> deleted = new TreeSet<>();
            String command = in.readLine();
            while (command != null && !client.isClosed()) {
                if (!script.answer(talk, command) && !client.isClosed()) {
                    answer(talk, command.toUpperCase(Locale.ROOT), uids, deleted);
                }
                command = client.isClosed() ? null : in.readLine();
            }
        } catch (IOException e) {
            // The client, or the test, has ended the connection.
            clients.remove(client);
        }
    }

    private synchronized void answer(Talk talk, String command, List<String> uids, Set<Integer> deleted)
            throws IOException {
        String[] words = command.split(" ");
        int number = words.length > 1 && words[1].matches("[0-9]+") ? Integer.parseInt(words[1]) : 0;
        switch (words[0]) {
            case "STAT" -> talk.say("+OK " + uids.size() + " 1000");
            case "UIDL" -> list(talk, number, uids, uids);
            case "LIST" ->
                list(
                        talk,
                        number,
                        uids,
                        uids.stream()
                                .map(uid -> String.valueOf(
                                        messages.getOrDefault(uid, "").length()))
                                .toList());
            case "RETR" -> {
                talk.say("+OK here it is");
                talk.say(messages.get(uids.get(number - 1)).replaceAll("(?m)^\\.", "..") + ".");
            }
            case "DELE" -> {
                deleted.add(number);
                talk.say("+OK");
            }
            case "CAPA", "TOP" -> talk.say("-ERR unknown");
            case "QUIT" -> {
                deleted.forEach(each -> messages.remove(uids.get(each - 1)));
                talk.say("+OK");
                talk.hangUp();
            }
            default -> talk.say("+OK");
        }
    }

    private static void list(Talk talk, int number, List<String> uids, List<String> values) throws IOException {
        if (number > 0) {
            talk.say("+OK " + number + " " + values.get(number - 1));
            return;
        }
        List<String> lines = new ArrayList<>(List.of("+OK"));
        for (int i = 0; i < uids.size(); i++) {
            lines.add((i + 1) + " " + values.get(i));
        }
        talk.say(String.join("\r\n", lines) + "\r\n.");
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket client : clients) {
            client.close();
        }
    }
}
