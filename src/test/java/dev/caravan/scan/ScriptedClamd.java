package dev.caravan.scan;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A scanner on loopback that speaks INSTREAM of clamd. In contents it finds WORM; TROUBLE makes it close without a word,
 * SILENCE never answer, and what is longer than its limit is an error, said before all of it was heard.
 */
public final class ScriptedClamd implements AutoCloseable {
    static final int LIMIT = 4 * 1024 * 1024;

    private final ServerSocket listener;
    private final Thread acceptor;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final List<String> scanned = new CopyOnWriteArrayList<>();

    public ScriptedClamd() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        acceptor = start(this::accept);
    }

    public String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** The contents that were heard to their end, each octet one character. */
    public List<String> scanned() {
        return List.copyOf(scanned);
    }

    private static Thread start(Runnable work) {
        Thread thread = new Thread(work, "clamd");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                Thread unused = start(() -> talk(socket));
            }
        } catch (IOException e) {
            // Closed: the test is over.
            return;
        }
    }

    private void talk(Socket socket) {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] command = in.readNBytes(10);
            if (!new String(command, StandardCharsets.US_ASCII).equals("zINSTREAM\0")) {
                say(socket, "UNKNOWN COMMAND\0");
                return;
            }
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            for (int size = in.readInt(); size > 0; size = in.readInt()) {
                content.write(in.readNBytes(size));
                if (content.size() > LIMIT) {
                    say(socket, "INSTREAM size limit exceeded. ERROR\0");
                    return;
                }
            }
            String text = content.toString(StandardCharsets.ISO_8859_1);
            scanned.add(text);
            if (text.contains("SILENCE")) {
                return;
            }
            if (!text.contains("TROUBLE")) {
                say(socket, text.contains("WORM") ? "stream: Test.Worm FOUND\0" : "stream: OK\0");
            }
            socket.close();
        } catch (IOException e) {
            // The other side went away.
            return;
        }
    }

    private static void say(Socket socket, String answer) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
        out.flush();
        // Not closed while the other side still writes: its octets would make a reset, and the answer be lost.
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            // As long as it waits, the system takes a last connection.
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : open) {
            socket.close();
        }
    }
}
