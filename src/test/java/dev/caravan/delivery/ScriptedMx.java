package dev.caravan.delivery;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * A server on loopback that plays the {@code S:} side of a transcript once and checks the {@code C:} side.
 *
 * <ul>
 *   <li>{@code S: text} sends a line, {@code S! octets} octets with the escapes \r \n \0 \\ and \xHH;
 *   <li>{@code C: text} expects a line, where {@code *} at the end matches any rest; {@code C: ...} skips lines until the
 *       next {@code C:} matches;
 *   <li>{@code C! octets} expects exactly these octets;
 *   <li>{@code ! close} ends the connection, {@code ! reset} with RST, {@code ! stall} says nothing until the client ends
 *       it, {@code ! next} waits for the client to end it and takes another connection, {@code ! tls} makes the handshake
 *       of TLS, {@code ! hello} reads the beginning of one;
 *   <li>other lines are not for the server.
 * </ul>
 */
public final class ScriptedMx implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final ServerSocket listener;
    private final Optional<SSLContext> tls;
    private final CompletableFuture<Void> played = new CompletableFuture<>();
    private final List<String> heard = new ArrayList<>();
    private int connections;

    private ScriptedMx(ServerSocket listener, Optional<SSLContext> tls) {
        this.listener = listener;
        this.tls = tls;
    }

    /** Plays at an address, at any port if it is 0. */
    public static ScriptedMx play(String address, int port, int chunk, List<String> script) throws IOException {
        return play(address, port, chunk, script, Optional.empty());
    }

    /** The same with what {@code ! tls} needs. */
    public static ScriptedMx play(String address, int port, int chunk, List<String> script, Optional<SSLContext> tls)
            throws IOException {
        ServerSocket listener = new ServerSocket(port, 50, InetAddress.getByName(address));
        listener.setSoTimeout(PATIENCE_MILLIS);
        ScriptedMx mx = new ScriptedMx(listener, tls);
        List<String> ours =
                script.stream().filter(line -> line.matches("[SC!][:!]? .*")).toList();
        Thread thread = new Thread(() -> mx.run(ours, chunk), "scripted-mx");
        thread.setDaemon(true);
        thread.start();
        return mx;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Waits until the script was played to its end; fails if the client did not follow it. */
    public void assertPlayed() throws Exception {
        played.get();
    }

    /** All lines that the client sent. */
    public List<String> heard() {
        synchronized (heard) {
            return List.copyOf(heard);
        }
    }

    /** How many connections were taken. */
    public int connections() {
        return connections;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void run(List<String> script, int chunk) {
        int line = 0;
        try {
            while (line < script.size()) {
                try (Socket socket = listener.accept()) {
                    connections++;
                    socket.setTcpNoDelay(true);
                    socket.setSoTimeout(PATIENCE_MILLIS);
                    line = play(script, line, socket, chunk);
                }
            }
            played.complete(null);
        } catch (IOException | RuntimeException | AssertionError e) {
            played.completeExceptionally(e);
        }
    }

    private int play(List<String> script, int from, Socket plain, int chunk) throws IOException {
        Socket socket = plain;
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        boolean isSkipping = false;
        for (int i = from; i < script.size(); i++) {
            String line = script.get(i);
            if (line.startsWith("S: ")) {
                send(out, line.substring(3) + "\r\n", chunk);
            } else if (line.startsWith("S! ")) {
                send(out, unescaped(line.substring(3)), chunk);
            } else if (line.equals("C: ...")) {
                isSkipping = true;
            } else if (line.startsWith("C! ")) {
                expectOctets(in, unescaped(line.substring(3)));
            } else if (line.startsWith("C: ")) {
                expect(in, line.substring(3), isSkipping);
                isSkipping = false;
            } else if (line.equals("! tls")) {
                try {
                    SSLSocket secured = (SSLSocket)
                            tls.orElseThrow().getSocketFactory().createSocket(socket, "client", socket.getPort(), true);
                    secured.setUseClientMode(false);
                    secured.startHandshake();
                    socket = secured;
                    in = new BufferedInputStream(socket.getInputStream());
                    out = socket.getOutputStream();
                } catch (SSLException | SocketException e) {
                    // The client does not like it: the next connection comes.
                    return afterNext(script, i);
                }
            } else if (line.equals("! hello")) {
                in.read(new byte[16 * 1024]);
            } else if (line.equals("! close")) {
                return i + 1;
            } else if (line.equals("! reset")) {
                socket.setSoLinger(true, 0);
                return i + 1;
            } else if (line.equals("! next")) {
                drainToQuit(in);
                return i + 1;
            } else if (line.equals("! stall")) {
                drain(in);
                return i + 1;
            }
        }
        return script.size();
    }

    private static int afterNext(List<String> script, int from) {
        for (int i = from; i < script.size(); i++) {
            if (script.get(i).equals("! next")) {
                return i + 1;
            }
        }
        return script.size();
    }

    /** To the end, or to the client's farewell, after which it waits for the server to close. */
    private static void drainToQuit(InputStream in) throws IOException {
        StringBuilder end = new StringBuilder();
        try {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                end.append((char) octet);
                if (octet == '\n') {
                    if (end.toString().equals("QUIT\r\n")) {
                        return;
                    }
                    end.setLength(0);
                }
            }
        } catch (SocketException e) {
            // The client ended it by RST.
            return;
        }
    }

    private static void drain(InputStream in) throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // The client ended it by RST.
            return;
        }
    }

    private void expect(InputStream in, String expected, boolean isSkipping) throws IOException {
        String got = readLine(in);
        while (isSkipping && !matches(got, expected)) {
            got = readLine(in);
        }
        if (!matches(got, expected)) {
            throw new AssertionError("client said <" + got + "> (expected: <" + expected + ">)");
        }
    }

    private static void expectOctets(InputStream in, String expected) throws IOException {
        String got = new String(in.readNBytes(expected.length()), StandardCharsets.ISO_8859_1);
        if (!got.equals(expected)) {
            throw new AssertionError("client sent <" + got + "> (expected: <" + expected + ">)");
        }
    }

    private static boolean matches(String got, String expected) {
        return expected.endsWith("*")
                ? got.startsWith(expected.substring(0, expected.length() - 1))
                : got.equals(expected);
    }

    private String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int previous = 0;
        for (int octet = in.read(); ; octet = in.read()) {
            if (octet < 0) {
                throw new AssertionError("client ended the connection after <" + line + ">");
            }
            line.write(octet);
            if (previous == '\r' && octet == '\n') {
                String text = line.toString(StandardCharsets.UTF_8);
                String without = text.substring(0, text.length() - 2);
                synchronized (heard) {
                    heard.add(without);
                }
                return without;
            }
            previous = octet;
        }
    }

    private static void send(OutputStream out, String text, int chunk) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < octets.length; i += chunk) {
            out.write(octets, i, Math.min(chunk, octets.length - i));
            out.flush();
        }
    }

    static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char kind = text.charAt(++i);
            switch (kind) {
                case 'r' -> plain.append('\r');
                case 'n' -> plain.append('\n');
                case '0' -> plain.append('\0');
                case 'x' -> {
                    plain.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> plain.append(kind);
            }
        }
        return plain.toString();
    }
}
