package dev.caravan.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A remote server that takes every mail and counts their subjects; a test may hold back its last reply. */
public final class SinkServer implements AutoCloseable {
    /** Called when a mail is whole, before the reply to it; the reply it gives, or an empty text to hang up. */
    public interface Ending {
        String reply(String subject) throws InterruptedException;
    }

    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> mails = new ConcurrentHashMap<>();
    private final AtomicInteger whole = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean dropping;
    private volatile Ending ending = subject -> "250 2.0.0 taken";

    public SinkServer() throws IOException {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    public SinkServer(InetSocketAddress address) throws IOException {
        server = new ServerSocket(address.getPort(), 50, address.getAddress());
        start(this::accept);
    }

    /** {@code HOST:PORT}, as {@code delivery.smarthost} wants it. */
    public String hostAndPort() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    public SinkServer ending(Ending other) {
        ending = other;
        return this;
    }

    /** Whether it ends all connections from now on before it has said a word. */
    public SinkServer dropping(boolean isDropping) {
        dropping = isDropping;
        return this;
    }

    /** How many connections were made. */
    public int connections() {
        return connections.get();
    }

    /** How often a mail of that subject was taken with 250. */
    public int count(String subject) {
        AtomicInteger count = mails.get(subject);
        return count == null ? 0 : count.get();
    }

    /** How many mails were taken with 250, copies included. */
    public int taken() {
        return mails.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** How many mails came whole, whatever the reply to them. */
    public int whole() {
        return whole.get();
    }

    public Set<String> subjects() {
        return Set.copyOf(mails.keySet());
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "sink");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.incrementAndGet();
                if (dropping) {
                    socket.close();
                    continue;
                }
                sockets.add(socket);
                start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            say(socket, "220 sink.test");
            String line = in.readLine();
            while (line != null) {
                if (line.equalsIgnoreCase("DATA")) {
                    say(socket, "354 go on");
                    String reply = content(in);
                    if (reply.isEmpty()) {
                        return;
                    }
                    say(socket, reply);
                } else if (line.equalsIgnoreCase("QUIT")) {
                    say(socket, "221 bye");
                    return;
                } else {
                    say(socket, "250 ok");
                }
                line = in.readLine();
            }
        } catch (IOException e) {
            // The other end was killed: what a kill test is about.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
    }

    private String content(BufferedReader in) throws IOException, InterruptedException {
        String subject = "";
        String line = in.readLine();
        while (line != null && !line.equals(".")) {
            if (subject.isEmpty() && line.startsWith("Subject: ")) {
                subject = line.substring("Subject: ".length());
            }
            line = in.readLine();
        }
        if (line == null) {
            return "";
        }
        whole.incrementAndGet();
        String reply = ending.reply(subject);
        if (reply.startsWith("250")) {
            mails.computeIfAbsent(subject, name -> new AtomicInteger()).incrementAndGet();
        }
        return reply;
    }

    private static void say(Socket socket, String line) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
