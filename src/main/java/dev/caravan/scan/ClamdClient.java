package dev.caravan.scan;

import dev.caravan.mail.Content;
import dev.caravan.net.HostAndPort;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has contents scanned by clamd with its command INSTREAM: pieces that begin with their length in four octets, then a
 * length of 0; the answer ends with an octet 0. A connection for each content. The calling thread waits.
 *
 * @param clamd where it listens.
 * @param connect how long a connection may take to be made; default {@link #CONNECT}.
 * @param whole how long all of it may take; default {@link #WHOLE}.
 */
public record ClamdClient(HostAndPort clamd, Duration connect, Duration whole) {
    /** The port on which clamd usually listens. */
    public static final int PORT = 3310;
    /** How long a connection may take to be made. */
    public static final Duration CONNECT = Duration.ofSeconds(5);
    /** How long a scan may take: what clamd allows itself, and less than a session waits for its route. */
    public static final Duration WHOLE = Duration.ofMinutes(2);

    private static final int PIECE = 64 * 1024;
    private static final int MAX_ANSWER = 4096;
    private static final byte[] COMMAND = "zINSTREAM\0".getBytes(StandardCharsets.US_ASCII);
    private static final String PREFIX = "stream: ";
    private static final String FOUND = " FOUND";

    /** What clamd says; trouble of whatever kind is {@link ScanResult.Unknown}. */
    public ScanResult scan(Content content) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(clamd.host(), clamd.port()), (int) connect.toMillis());
            // A socket's own timeout is for reading only, and a scanner may stop to listen.
            ended.orTimeout(whole.toMillis(), TimeUnit.MILLISECONDS).exceptionally(late -> close(socket));
            return read(answerTo(content, socket));
        } catch (IOException e) {
            return new ScanResult.Unknown("clamd at " + clamd + ": " + e);
        } finally {
            ended.complete(null);
        }
    }

    private static @Nullable Void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed as far as we can; whoever uses it hears of it.
            return null;
        }
        return null;
    }

    private static String answerTo(Content content, Socket socket) throws IOException {
        try (InputStream in = content.open()) {
            send(in, new DataOutputStream(socket.getOutputStream()));
        } catch (IOException e) {
            // A scanner that has heard enough says so and closes; its words tell more than the broken pipe.
            String answer = answer(socket);
            if (answer.isEmpty()) {
                throw e;
            }
            return answer;
        }
        return answer(socket);
    }

    private static void send(InputStream in, DataOutputStream out) throws IOException {
        out.write(COMMAND);
        byte[] piece = new byte[PIECE];
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
            if (read > 0) {
                out.writeInt(read);
                out.write(piece, 0, read);
            }
        }
        out.writeInt(0);
        out.flush();
    }

    private static String answer(Socket socket) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        int octet = in.read();
        while (octet > 0 && octet != '\n' && answer.size() < MAX_ANSWER) {
            answer.write(octet);
            octet = in.read();
        }
        return answer.toString(StandardCharsets.UTF_8);
    }

    /** Only the two answers that are plain are believed. */
    static ScanResult read(String answer) {
        if (answer.equals(PREFIX + "OK")) {
            return new ScanResult.Clean();
        }
        if (answer.startsWith(PREFIX) && answer.endsWith(FOUND) && answer.length() > (PREFIX + FOUND).length()) {
            return new ScanResult.Found(answer.substring(PREFIX.length(), answer.length() - FOUND.length()));
        }
        return new ScanResult.Unknown(answer.isEmpty() ? "clamd said nothing" : "clamd said: " + answer);
    }
}
