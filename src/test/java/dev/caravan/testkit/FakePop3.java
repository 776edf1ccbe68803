package dev.caravan.testkit;

import dev.caravan.routetest.LoopbackServer;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A POP3 server with one mailbox, which does what a test tells it to do wrong. */
public final class FakePop3 implements AutoCloseable {
    private final LoopbackServer server = new LoopbackServer("fake-pop3", LoopbackServer.anyPort());
    private final Map<String, String> messages = new LinkedHashMap<>();
    private volatile Script script = (talk, command) -> false;

    /** Answers commands in the place of the server. */
    public interface Script {
        /** Whether it has answered, or ended the connection. */
        boolean answer(Talk talk, String command) throws IOException;
    }

    /** A connection; messages have the numbers of its beginning. */
    public static final class Talk extends LineTalk {
        private final List<String> uids;
        private final Set<Integer> deleted = new TreeSet<>();

        Talk(Socket client, List<String> uids) throws IOException {
            super(client);
            this.uids = uids;
        }

        /** Whether a command asks for the message with that name. */
        public boolean isRetr(String command, String uid) {
            return command.equals("RETR " + (uids.indexOf(uid) + 1));
        }
    }

    public FakePop3() throws IOException {
        server.start(this::serve);
    }

    public String address() {
        return "pop3://127.0.0.1:" + server.address().getPort();
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

    private void serve(Socket client) throws IOException {
        Talk talk = new Talk(client, uids());
        talk.say("+OK ready");
        for (Optional<String> command = talk.hear(); command.isPresent(); command = talk.hear()) {
            if (!script.answer(talk, command.get()) && talk.isOpen()) {
                answer(talk, command.get().toUpperCase(Locale.ROOT));
            }
        }
    }

    private synchronized void answer(Talk talk, String command) throws IOException {
        List<String> uids = talk.uids;
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
                talk.deleted.add(number);
                talk.say("+OK");
            }
            case "CAPA", "TOP" -> talk.say("-ERR unknown");
            case "QUIT" -> {
                talk.deleted.forEach(each -> messages.remove(uids.get(each - 1)));
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
        server.close();
    }
}
