package dev.caravan.testkit;

import dev.caravan.routetest.FakeMailHost;
import dev.caravan.routetest.LoopbackServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The other mail server of a test, on loopback: answers as a table says and keeps the messages it takes. A reply belongs
 * to all commands that begin with its text, the longest text counts; the final dot is the command {@code .}, and
 * {@code connect} is for the greeting. Without an entry all is well.
 */
public final class FakeMailServer extends FakeMailHost {
    /** Called when a message is whole, before the reply to it. */
    public interface Ending {
        /** Returns the reply, or an empty text to end the connection. */
        String reply(String subject) throws InterruptedException;
    }

    private static final Pattern SUBJECT = Pattern.compile("(?m)^Subject: (.*)$");

    private final Map<String, String> replies = new HashMap<>();
    private final List<String> heard = new ArrayList<>();
    private final List<Taken> taken = new ArrayList<>();
    private int whole;
    private volatile Optional<Ending> ending = Optional.empty();

    /** Serves at a free port. */
    public FakeMailServer(String... extensions) throws IOException {
        this(LoopbackServer.anyPort(), extensions);
    }

    /** Serves at an address of loopback. */
    public FakeMailServer(InetSocketAddress address, String... extensions) throws IOException {
        super("peer.test", address, List.of(extensions));
        start();
    }

    /** Serves at an address of loopback. */
    public static FakeMailServer at(String address, int port) throws IOException {
        return new FakeMailServer(new InetSocketAddress(InetAddress.getByName(address), port));
    }

    /** Answers all commands that begin with a text; LF separates lines of a reply, an empty one ends the connection. */
    public synchronized FakeMailServer reply(String command, String reply) {
        replies.put(command, reply);
        answer(replies);
        return this;
    }

    /** All is well again with these commands. */
    public synchronized void forget(String command) {
        replies.remove(command);
        answer(replies);
    }

    /** Lets a test do something when a message is whole, and choose the reply to it. */
    public FakeMailServer ending(Ending other) {
        ending = Optional.of(other);
        return this;
    }

    /** As new for the next test: all is well, nothing was heard or taken. */
    public synchronized void clear() {
        replies.clear();
        answer(replies);
        ending = Optional.empty();
        heard.clear();
        taken.clear();
        whole = 0;
    }

    /** {@code HOST:PORT}, as {@code delivery.smarthost} wants it. */
    public String address() {
        return socketAddress().getAddress().getHostAddress() + ":" + port();
    }

    public int port() {
        return socketAddress().getPort();
    }

    @Override
    protected synchronized void onCommand(String command) {
        heard.add(command);
    }

    @Override
    protected String onMessage(Taken message, String reply) throws InterruptedException {
        synchronized (this) {
            whole++;
        }
        Optional<Ending> last = ending;
        String said = last.isPresent() ? last.get().reply(subject(message)) : reply;
        if (said.startsWith("250")) {
            synchronized (this) {
                taken.add(message);
            }
        }
        return said;
    }

    /** All commands, without {@code connect}. */
    public synchronized List<String> commands() {
        return heard.stream().filter(command -> !command.equals(CONNECT)).toList();
    }

    /** How many commands began with a text. */
    public synchronized long heard(String command) {
        return heard.stream().filter(line -> line.startsWith(command)).count();
    }

    /** How many connections were made. */
    public long connections() {
        return heard(CONNECT);
    }

    /** How many messages came whole, whatever the reply to them. */
    public synchronized int whole() {
        return whole;
    }

    /** The messages that got 250, copies included. */
    public synchronized List<Taken> taken() {
        return List.copyOf(taken);
    }

    /** How many messages got 250, copies included. */
    public synchronized int count() {
        return taken.size();
    }

    /** How often a message of that subject got 250. */
    public long count(String subject) {
        return taken().stream()
                .filter(message -> subject(message).equals(subject))
                .count();
    }

    /** The subjects of the messages that got 250. */
    public Set<String> subjects() {
        return taken().stream().map(FakeMailServer::subject).collect(Collectors.toSet());
    }

    /** The messages for a recipient, by its address. */
    public List<Taken> takenFor(String address) {
        return taken().stream()
                .filter(mail -> mail.recipients().stream().anyMatch(rcpt -> rcpt.startsWith("RCPT TO:<" + address)))
                .toList();
    }

    private static String subject(Taken message) {
        Matcher matcher = SUBJECT.matcher(message.content());
        return matcher.find() ? matcher.group(1) : "";
    }

    @Override
    public void close() {
        try {
            super.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
