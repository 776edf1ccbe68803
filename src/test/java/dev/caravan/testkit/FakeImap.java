package dev.caravan.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An IMAP server with one folder, which does what a test tells it to do wrong. */
public final class FakeImap implements AutoCloseable {
    private static final Pattern FETCH = Pattern.compile("(?i)(UID )?FETCH ([0-9:,*]+) \\(?(.*?)\\)?");
    private static final Pattern PART = Pattern.compile("(?i).*BODY(?:\\.PEEK)?\\[\\](?:<([0-9]+)\\.([0-9]+)>)?.*");
    private static final Pattern STORE = Pattern.compile("(?i)(UID )?STORE ([0-9:,*]+) \\+FLAGS\\S* \\((.*)\\)");

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> clients = new CopyOnWriteArrayList<>();
    private final TreeMap<Integer, Held> messages = new TreeMap<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private volatile Script script = (talk, tag, command) -> false;
    private boolean readOnly;
    private volatile int validity = 1;
    private volatile boolean uidPlus = true;

    private record Held(byte[] octets, long announced, Set<String> flags) {}

    /** Answers commands in the place of the server. */
    public interface Script {
        /** Whether it has answered, or ended the connection. */
        boolean answer(Talk talk, String tag, String command) throws IOException;
    }

    /** A connection. */
    public static final class Talk {
        private final Socket client;
        private final OutputStream out;

        Talk(Socket client) throws IOException {
            this.client = client;
            client.setTcpNoDelay(true);
            this.out = new BufferedOutputStream(client.getOutputStream());
        }

        public void say(String line) throws IOException {
            out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        public void write(byte[] octets) throws IOException {
            out.write(octets);
            out.flush();
        }

        public void hangUp() throws IOException {
            client.close();
        }
    }

    public FakeImap() throws IOException {
        Thread listener = new Thread(this::listen, "fake-imap");
        listener.setDaemon(true);
        listener.start();
    }

    public String address() {
        return "imap://127.0.0.1:" + socket.getLocalPort();
    }

    /** Begins again with an empty folder of that UIDVALIDITY, and does everything right. */
    public synchronized void reset(int newValidity) {
        messages.clear();
        commands.clear();
        validity = newValidity;
        uidPlus = true;
        script = (talk, tag, command) -> false;
    }

    public void doing(Script wrong) {
        script = wrong;
    }

    public void withoutUidPlus() {
        uidPlus = false;
    }

    public void put(int uid, String text) {
        put(uid, text, text.length());
    }

    /** A message whose size the server does not know exactly. */
    public synchronized void put(int uid, String text, long announced) {
        messages.put(uid, new Held(text.getBytes(StandardCharsets.ISO_8859_1), announced, new TreeSet<>()));
    }

    /** The UIDs that are there. */
    public synchronized List<Integer> uids() {
        return List.copyOf(messages.keySet());
    }

    public synchronized Set<String> flags(int uid) {
        return Set.copyOf(messages.get(uid).flags());
    }

    public synchronized void mark(int uid, String flag) {
        messages.get(uid).flags().add(flag);
    }

    public List<String> commands() {
        return List.copyOf(commands);
    }

    private void listen() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                clients.add(client);
                Thread talk = new Thread(() -> serve(client), "fake-imap-talk");
                talk.setDaemon(true);
                talk.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            Talk talk = new Talk(client);
            InputStream in = new BufferedInputStream(client.getInputStream());
            talk.say("* OK [CAPABILITY IMAP4rev1" + (uidPlus ? " UIDPLUS" : "") + "] ready");
            String line = line(in);
            while (line != null) {
                String tag = line.substring(0, line.indexOf(' '));
                String command = line.substring(tag.length() + 1);
                commands.add(command);
                if (!script.answer(talk, tag, command) && !client.isClosed()) {
                    answer(talk, tag, command);
                }
                line = client.isClosed() ? null : line(in);
            }
        } catch (IOException e) {
            // The client, or the test, has ended the connection.
            clients.remove(client);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                return null;
            }
            line.write(octet);
        }
        return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    private synchronized void answer(Talk talk, String tag, String command) throws IOException {
        String verb = command.toUpperCase(Locale.ROOT);
        Matcher fetch = FETCH.matcher(command);
        Matcher store = STORE.matcher(command);
        if (fetch.matches()) {
            for (int uid : selected(fetch.group(2), fetch.group(1) != null)) {
                fetch(talk, uid, fetch.group(3).toUpperCase(Locale.ROOT));
            }
        } else if (store.matches()) {
            selected(store.group(2), store.group(1) != null)
                    .forEach(uid -> messages.get(uid)
                            .flags()
                            .addAll(Arrays.asList(store.group(3).split(" "))));
        } else if (verb.startsWith("CAPABILITY")) {
            talk.say("* CAPABILITY IMAP4rev1" + (uidPlus ? " UIDPLUS" : ""));
        } else if (verb.startsWith("LIST")) {
            talk.say("* LIST () \"/\" INBOX");
        } else if (verb.startsWith("SELECT") || verb.startsWith("EXAMINE")) {
            readOnly = verb.startsWith("EXAMINE");
            talk.say("* " + messages.size() + " EXISTS");
            talk.say("* 0 RECENT");
            talk.say("* OK [UIDVALIDITY " + validity + "] valid");
        } else if (verb.startsWith("SEARCH UNSEEN")) {
            StringBuilder found = new StringBuilder("* SEARCH");
            List<Integer> uids = new ArrayList<>(messages.keySet());
            for (int i = 0; i < uids.size(); i++) {
                found.append(messages.get(uids.get(i)).flags().contains("\\Seen") ? "" : " " + (i + 1));
            }
            talk.say(found.toString());
        } else if (verb.startsWith("UID EXPUNGE")) {
            messages.keySet()
                    .removeAll(selected(command.substring(12), true).stream()
                            .filter(uid -> messages.get(uid).flags().contains("\\Deleted"))
                            .toList());
        } else if (verb.startsWith("EXPUNGE") || (verb.startsWith("CLOSE") && !readOnly)) {
            messages.values().removeIf(held -> held.flags().contains("\\Deleted"));
        }
        talk.say(tag + (verb.startsWith("SELECT") ? " OK [READ-WRITE] done" : " OK done"));
    }

    private List<Integer> selected(String set, boolean byUid) {
        List<Integer> all = new ArrayList<>(messages.keySet());
        List<Integer> selected = new ArrayList<>();
        for (String range : set.split(",")) {
            String[] ends = range.split(":");
            int last = byUid ? Integer.MAX_VALUE : all.size();
            int from = Integer.parseInt(ends[0]);
            String end = ends[ends.length - 1];
            int to = end.equals("*") ? last : Integer.parseInt(end);
            for (int i = 0; i < all.size(); i++) {
                int number = byUid ? all.get(i) : i + 1;
                if (number >= from && number <= to) {
                    selected.add(all.get(i));
                }
            }
        }
        return selected;
    }

    private void fetch(Talk talk, int uid, String items) throws IOException {
        Held held = messages.get(uid);
        StringBuilder answer = new StringBuilder("* ")
                .append(new ArrayList<>(messages.keySet()).indexOf(uid) + 1)
                .append(" FETCH (UID ")
                .append(uid);
        answer.append(items.contains("FLAGS") ? " FLAGS (" + String.join(" ", held.flags()) + ")" : "");
        answer.append(items.contains("RFC822.SIZE") ? " RFC822.SIZE " + held.announced() : "");
        Matcher part = PART.matcher(items);
        if (!part.matches()) {
            talk.say(answer + ")");
            return;
        }
        byte[] octets = held.octets();
        String origin = "";
        if (part.group(1) != null) {
            int from = Math.min(octets.length, Integer.parseInt(part.group(1)));
            int to = Math.min(octets.length, from + Integer.parseInt(part.group(2)));
            origin = "<" + part.group(1) + ">";
            octets = Arrays.copyOfRange(octets, from, to);
        }
        talk.write(
                (answer + " BODY[]" + origin + " {" + octets.length + "}\r\n").getBytes(StandardCharsets.ISO_8859_1));
        talk.write(octets);
        talk.say(")");
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket client : clients) {
            client.close();
        }
    }
}
