package dev.caravan.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The server's side of a protocol of lines over one connection. */
public class LineTalk {
    private final Socket client;
    private final InputStream in;
    private final OutputStream out;

    LineTalk(Socket client) throws IOException {
        this.client = client;
        this.in = new BufferedInputStream(client.getInputStream());
        this.out = new BufferedOutputStream(client.getOutputStream());
    }

    /** Sends a line, one octet for each character. */
    public void say(String line) throws IOException {
        write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    public void write(byte[] octets) throws IOException {
        out.write(octets);
        out.flush();
    }

    public void hangUp() throws IOException {
        client.close();
    }

    boolean isOpen() {
        return !client.isClosed();
    }

    /** The next line without its end; empty if the connection has ended. */
    Optional<String> hear() throws IOException {
        if (!isOpen()) {
            return Optional.empty();
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                return Optional.empty();
            }
            line.write(octet);
        }
        return Optional.of(line.toString(StandardCharsets.ISO_8859_1).strip());
    }
}
