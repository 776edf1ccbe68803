package dev.caravan.testkit;

import dev.caravan.routetest.LoopbackServer;
import dev.caravan.tls.CertifiedKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A mail server on loopback that takes mail only after STARTTLS and a login by PLAIN or XOAUTH2, as those of providers do.
 * Thread-safe.
 */
public final class FakeSmartHost implements AutoCloseable {
    private final LoopbackServer server = new LoopbackServer("smart-host", LoopbackServer.anyPort());
    private final SSLContext tls;
    private final List<String> logins = new ArrayList<>();
    private final List<String> recipients = new ArrayList<>();
    private int messages;
    private int messagesPerLogin = Integer.MAX_VALUE;
    private volatile Predicate<String> login = response -> true;

    /** @param key by which it introduces itself. */
    public FakeSmartHost(CertifiedKey key) throws IOException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", key.key(), new char[0], key.chain().toArray(X509Certificate[]::new));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            tls = SSLContext.getInstance("TLS");
            tls.init(keys.getKeyManagers(), null, null);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        server.start(this::serve);
    }

    /** Says which initial responses, decoded, it takes from now on; at first all. */
    public FakeSmartHost takes(Predicate<String> other) {
        login = other;
        return this;
    }

    /** After so many messages a session must log in again, as when its token has ended: MAIL gets 530. */
    public synchronized FakeSmartHost messagesPerLogin(int most) {
        messagesPerLogin = most;
        return this;
    }

    public int port() {
        return server.address().getPort();
    }

    /** The initial responses of all logins, those refused too. */
    public synchronized List<String> logins() {
        return List.copyOf(logins);
    }

    /** How many messages it has taken. */
    public synchronized int messages() {
        return messages;
    }

    /** The RCPT commands of the messages it has taken. */
    public synchronized List<String> recipients() {
        return List.copyOf(recipients);
    }

    private void serve(Socket plain) throws IOException {
        Socket socket = plain;
        BufferedReader in = reader(socket);
        OutputStream out = socket.getOutputStream();
        say(out, "220 smart.test ESMTP");
        boolean isSecured = false;
        boolean isIn = false;
        int sinceLogin = 0;
        List<String> open = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
            switch (verb) {
                case "EHLO" -> say(out, "250-smart.test\r\n250 " + (isSecured ? "AUTH PLAIN XOAUTH2" : "STARTTLS"));
                case "STARTTLS" -> {
                    say(out, "220 go");
                    SSLSocket secured =
                            (SSLSocket) tls.getSocketFactory().createSocket(socket, "client", socket.getPort(), true);
                    secured.setUseClientMode(false);
                    secured.startHandshake();
                    socket = secured;
                    in = reader(socket);
                    out = socket.getOutputStream();
                    isSecured = true;
                }
                case "AUTH" -> {
                    isIn = isSecured && logIn(line, in, out);
                    sinceLogin = 0;
                }
                case "MAIL" -> {
                    open.clear();
                    sinceLogin++;
                    isIn = isIn && sinceLogin <= most();
                    say(out, isIn ? "250 ok" : "530 5.7.57 client not authenticated to send mail");
                }
                case "RCPT" -> {
                    open.add(line);
                    say(out, "250 ok");
                }
                case "DATA" -> {
                    say(out, "354 go");
                    String text = in.readLine();
                    while (text != null && !text.equals(".")) {
                        text = in.readLine();
                    }
                    took(open);
                    say(out, "250 2.0.0 taken");
                }
                case "QUIT" -> {
                    say(out, "221 bye");
                    return;
                }
                default -> say(out, "250 ok");
            }
        }
    }

    private synchronized int most() {
        return messagesPerLogin;
    }

    private synchronized void took(List<String> all) {
        messages++;
        recipients.addAll(all);
    }

    private boolean logIn(String line, BufferedReader in, OutputStream out) throws IOException {
        String[] words = line.split(" ");
        String response = new String(Base64.getDecoder().decode(words[2]), StandardCharsets.UTF_8);
        synchronized (this) {
            logins.add(response);
        }
        if (login.test(response)) {
            say(out, "235 2.7.0 accepted");
            return true;
        }
        if (words[1].equalsIgnoreCase("XOAUTH2")) {
            say(
                    out,
                    "334 "
                            + Base64.getEncoder()
                                    .encodeToString("{\"status\":\"401\"}".getBytes(StandardCharsets.UTF_8)));
            in.readLine();
        }
        say(out, "535 5.7.3 authentication unsuccessful");
        return false;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
