package dev.caravan.chaos;

import dev.caravan.chaos.ChaosPeer.Step;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One connection of a {@link ChaosPeer}: what was heard, and what can be replied. */
final class PeerTalk {
    private static final String END = "\r\n.\r\n";
    private static final int MOST_ENDLESS = 4 << 20;

    /**
     * A mail that came whole.
     *
     * @param recipients those who were accepted.
     * @param content without dot stuffing.
     * @param began when MAIL came.
     */
    record Mail(List<String> recipients, String content, long began) {}

    /** Hears of mails that are taken. */
    interface Listener {
        /** @param isAnswered whether the 250 follows. */
        void taken(Ledger ledger, Mail mail, boolean isAnswered);
    }

    private final Socket socket;
    private final Listener listener;
    private final InputStream in;
    private final OutputStream out;
    private final List<String> recipients = new ArrayList<>();
    private Ledger ledger = new Ledger();
    private Step step = Step.GREETING;
    private String line = "";
    private String content = "";
    private long began;
    private boolean contentNext;
    private boolean offersPipelining = true;
    private boolean confused;
    private int pauseMillis;

    PeerTalk(Socket socket, Listener listener) throws IOException {
        this.socket = socket;
        this.listener = listener;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /** The EHLO reply has no PIPELINING. */
    void withoutPipelining() {
        offersPipelining = false;
    }

    /** What was said on this connection makes no sense: the client may be gone, whatever is replied to the content. */
    void confuse() {
        confused = true;
    }

    /** Where the mail is written down that begins now. */
    void noteIn(Ledger next) {
        ledger = next;
    }

    void at(Step next) {
        step = next;
    }

    /** Reads a command; false at the end of the connection. */
    boolean hear() throws IOException {
        line = until("\r\n").strip();
        contentNext = false;
        return !line.isEmpty();
    }

    /** Which step the command is; unknown ones are taken for RSET. */
    Step step() {
        String verb = line.toUpperCase(Locale.ROOT).split("[ :]", 2)[0];
        return switch (verb) {
            case "EHLO", "HELO" -> Step.EHLO;
            case "MAIL" -> Step.MAIL;
            case "RCPT" -> Step.RCPT;
            case "DATA" -> Step.DATA;
            case "QUIT" -> Step.QUIT;
            default -> Step.RSET;
        };
    }

    /** The recipient of RCPT. */
    String recipient() {
        return line.substring(line.indexOf('<') + 1, line.indexOf('>'));
    }

    boolean isContentNext() {
        return contentNext;
    }

    void hearContent() throws IOException {
        String stuffed = "\r\n" + until(END);
        if (stuffed.length() < END.length()) {
            throw new IOException("the client ended the connection inside of content");
        }
        content = stuffed.substring(0, stuffed.length() - END.length() + 2)
                .replace("\r\n.", "\r\n")
                .substring(2);
    }

    /** All is well with this step. */
    void usual() throws IOException {
        switch (step) {
            case GREETING -> say("220 peer.test ESMTP");
            case EHLO -> say(offersPipelining ? "250-peer.test\r\n250-PIPELINING\r\n250 8BITMIME" : "250 peer.test");
            case MAIL -> {
                recipients.clear();
                began = System.nanoTime();
                say("250 2.1.0 ok");
            }
            case RCPT -> {
                recipients.add(recipient());
                say("250 2.1.5 ok");
            }
            case DATA -> {
                contentNext = !recipients.isEmpty();
                say(contentNext ? "354 go on" : "554 5.5.1 no recipient");
            }
            case CONTENT -> {}
            case END -> {
                take(!confused);
                say("250 2.0.0 taken");
            }
            case RSET -> {
                recipients.clear();
                say("250 2.0.0 ok");
            }
            case QUIT -> {
                say("221 2.0.0 bye");
                close();
            }
        }
    }

    /** The mail is kept, whether the client hears of it or not. */
    void take(boolean isAnswered) {
        listener.taken(ledger, new Mail(List.copyOf(recipients), content, began), isAnswered);
    }

    /** Lines with CRLF after the last. */
    void say(String lines) throws IOException {
        raw(lines + "\r\n");
    }

    /** Octets, one for each character. */
    void raw(String octets) throws IOException {
        byte[] all = octets.getBytes(StandardCharsets.ISO_8859_1);
        int chunk = pauseMillis == 0 ? all.length : 1;
        for (int i = 0; i < all.length; i += chunk) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis));
            out.write(all, i, chunk);
            out.flush();
        }
    }

    /** From now on it speaks octet by octet, with pauses of so many milliseconds. */
    void dribble(int millis) {
        pauseMillis = millis;
    }

    /** The same text again and again, until the client has had enough or some megabytes are sent. */
    void endless(String text) throws IOException {
        for (int sent = 0; sent < MOST_ENDLESS; sent += text.length()) {
            raw(text);
        }
        stall();
    }

    /** Reads so many octets of what comes. */
    void swallow(int octets) throws IOException {
        in.readNBytes(octets);
    }

    /** Says nothing any more until the client ends the connection. */
    void stall() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
        close();
    }

    /** Ends the connection. */
    void close() throws IOException {
        socket.close();
    }

    /** Ends the connection so that what was just said may never be read. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** All octets up to and with an end; empty if the connection ends before. */
    private String until(String end) throws IOException {
        if (socket.isClosed()) {
            // What has come already was never heard.
            throw new IOException("hung up");
        }
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        // Content begins at the start of a line.
        int matched = end.length() > 2 ? 2 : 0;
        while (matched < end.length()) {
            int octet = in.read();
            if (octet < 0) {
                return "";
            }
            octets.write(octet);
            matched = octet == end.charAt(matched) ? matched + 1 : octet == '\r' ? 1 : 0;
        }
        return octets.toString(StandardCharsets.ISO_8859_1);
    }
}
