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
 * Scans content with clamd's command INSTREAM: chunks, each preceded by its length in four octets, then a length of 0;
 * the answer ends with a NUL octet. Opens one connection per scan. Blocks the calling thread.
 *
 * @param clamd the address at which clamd listens.
 * @param connect the time limit for connecting; default {@link #CONNECT}.
 * @param whole the time limit for the whole scan; default {@link #WHOLE}.
 */
public record ClamdClient(HostAndPort clamd, Duration connect, Duration whole) {
    /** The default port of clamd. */
    public static final int PORT = 3310;
    /** The default time limit for connecting. */
    public static final Duration CONNECT = Duration.ofSeconds(5);
    /**
     * The default time limit for a scan: the one that clamd has itself, and shorter than a session waits for its route.
     */
    public static final Duration WHOLE = Duration.ofMinutes(2);

    private static final int PIECE = 64 * 1024;
    private static final int MAX_ANSWER = 4096;
    private static final byte[] COMMAND = "zINSTREAM\0".getBytes(StandardCharsets.US_ASCII);
    private static final String PREFIX = "stream: ";
    private static final String FOUND = " FOUND";

    /** Scans content; every failure is {@link ScanResult.Unknown}. */
    public ScanResult scan(Content content) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(clamd.host(), clamd.port()), (int) connect.toMillis());
            // The socket's own timeout covers reads only, and a scanner may stop reading.
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
            // Nothing more can be done; the reading or writing thread gets its own exception.
            return null;
        }
        return null;
    }

    private static String answerTo(Content content, Socket socket) throws IOException {
        try (InputStream in = content.open()) {
            send(in, new DataOutputStream(socket.getOutputStream()));
        } catch (IOException e) {
            // clamd sends its reason and closes when it stops reading; that reason says more than the write error.
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

    /** Accepts only the two well-formed answers; any other is unknown. */
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
