package dev.caravan.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A remote server that writes down each mail it takes, and behaves at each step as the test's {@link Manner} has it. */
final class ChaosPeer implements AutoCloseable {
    /** Where a dialogue is; each but CONTENT waits for a reply. */
    enum Step {
        GREETING,
        EHLO,
        MAIL,
        RCPT,
        DATA,
        CONTENT,
        END,
        RSET,
        QUIT
    }

    /** What the peer makes of a step. */
    interface Manner {
        /** The best of all peers. */
        Manner GOOD = (step, talk) -> talk.usual();

        /** Replies by means of the talk, or not at all. */
        void answer(Step step, PeerTalk talk) throws IOException, InterruptedException;
    }

    private record Round(Ledger ledger, Manner manner) {}

    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Round round = new Round(new Ledger(), Manner.GOOD);

    ChaosPeer() throws IOException {
        server = new ServerSocket(0, 200, InetAddress.getByName("127.0.0.1"));
        start(this::accept);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "peer");
        thread.setDaemon(true);
        thread.start();
    }

    /** From now on mails are written into that ledger. */
    void serve(Ledger ledger, Manner manner) {
        round = new Round(ledger, manner);
    }

    /** {@code HOST:PORT}, as {@code delivery.smarthost} wants it. */
    String hostAndPort() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            PeerTalk talk = new PeerTalk(socket, ChaosPeer::note);
            answer(Step.GREETING, talk);
            while (talk.hear()) {
                answer(talk.step(), talk);
                if (talk.isContentNext()) {
                    answer(Step.CONTENT, talk);
                    talk.hearContent();
                    answer(Step.END, talk);
                }
            }
        } catch (IOException e) {
            // The other end was killed, or this one hung up: what it is all about.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
    }

    private void answer(Step step, PeerTalk talk) throws IOException, InterruptedException {
        Round now = round;
        talk.at(step);
        if (step == Step.MAIL) {
            // What is taken late belongs to the round in which it began.
            talk.noteIn(now.ledger);
        }
        now.manner.answer(step, talk);
    }

    /** Writes a mail down that a peer has taken. */
    static void note(Ledger ledger, PeerTalk.Mail mail, boolean isAnswered) {
        long now = System.nanoTime();
        String id = ChaosMail.of(mail.content(), "\r\n").orElse("");
        if (id.isEmpty()) {
            ledger.complain("a peer got a mail that is not whole: " + ChaosMail.subject(mail.content()));
            return;
        }
        for (String recipient : mail.recipients()) {
            Copy copy = new Copy(id, recipient);
            if (isAnswered) {
                ledger.taken(copy, mail.began(), now);
            } else {
                ledger.takenSilently(copy, mail.began(), now);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
