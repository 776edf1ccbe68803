package dev.caravan.testkit;

import dev.caravan.routetest.LoopbackServer;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

    private final LoopbackServer server = new LoopbackServer("fake-imap", LoopbackServer.anyPort());
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
        boolean answer(LineTalk talk, String tag, String command) throws IOException;
    }

    public FakeImap() throws IOException {
        server.start(this::serve);
    }

    public String address() {
        return "imap://127.0.0.1:" + server.address().getPort();
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

    private void serve(Socket client) throws IOException {
        LineTalk talk = new LineTalk(client);
        talk.say("* OK [CAPABILITY IMAP4rev1" + (uidPlus ? " UIDPLUS" : "") + "] ready");
        for (Optional<String> line = talk.hear(); line.isPresent(); line = talk.hear()) {
            String tag = line.get().substring(0, line.get().indexOf(' '));
            String command = line.get().substring(tag.length() + 1);
            commands.add(command);
            if (!script.answer(talk, tag, command) && talk.isOpen()) {
                answer(talk, tag, command);
            }
        }
    }

    private synchronized void answer(LineTalk talk, String tag, String command) throws IOException {
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

    private void fetch(LineTalk talk, int uid, String items) throws IOException {
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
        server.close();
    }
}
