package dev.caravan.net;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * The client's side of an SMTP connection for programs that may wait: a command goes out, and the thread waits for its
 * reply. The socket's timeout limits the waiting. Not thread-safe.
 */
public final class SmtpDialogue implements AutoCloseable {
    private static final int MAX_REPLY_LINES = 100;
    private static final int MAX_LINE_OCTETS = 64 * 1024;

    private final Socket socket;
    private final Charset charset;
    private final InputStream in;
    private final OutputStream out;

    /**
     * Talks over a connection; nothing is read or sent yet. Closing closes the socket.
     *
     * @param charset of commands.
     */
    public SmtpDialogue(Socket connected, Charset charset) throws IOException {
        this.socket = connected;
        this.charset = charset;
        this.in = new BufferedInputStream(connected.getInputStream());
        this.out = new BufferedOutputStream(connected.getOutputStream());
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param command without its line end.
     * @return as {@link #reply}.
     */
    public String say(String command) throws IOException {
        write((command + "\r\n").getBytes(charset));
        return reply();
    }

    /** Sends octets as they are. */
    public void write(byte[] octets) throws IOException {
        out.write(octets);
        out.flush();
    }

    /** Sends content after the reply to DATA, with each dot at the beginning of a line doubled (RFC 5321 §4.5.2). */
    public void writeContent(byte[] content) throws IOException {
        boolean atStart = true;
        for (byte octet : content) {
            if (atStart && octet == '.') {
                out.write('.');
            }
            out.write(octet);
            atStart = octet == '\n';
        }
        out.flush();
    }

    /**
     * Waits for the next reply.
     *
     * @return its last line, one character for each octet.
     * @throws EOFException if the server ends the connection instead.
     * @throws IOException if the reply has more than 100 lines or a line of more than 64 KiB, or the connection breaks.
     */
    public String reply() throws IOException {
        for (int i = 0; i < MAX_REPLY_LINES; i++) {
            String line = line();
            if (line.length() < 4 || line.charAt(3) != '-') {
                return line;
            }
        }
        throw new IOException("a reply of more than " + MAX_REPLY_LINES + " lines");
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new EOFException("the connection was closed");
            }
            if (line.size() == MAX_LINE_OCTETS) {
                throw new IOException("a reply with a line of more than " + MAX_LINE_OCTETS + " octets");
            }
            line.write(octet);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
