package dev.caravan.chaos;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Clients that send mail from bob as fast as they can until they are told to stop. A client whose server is gone comes
 * back as soon as there is one; what it did not get a reply to it does not send again.
 */
final class Senders {
    private static final String SENDER = "<bob@local.test>";
    private static final long PAUSE_NANOS = 20_000_000;
    private static final int MAILS_PER_CONNECTION = 25;

    private final Ledger ledger;
    private final String round;
    private final Supplier<List<String>> recipients;
    private final IntSupplier octets;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ending;
    private volatile int most = Integer.MAX_VALUE;

    /**
     * Clients of one round.
     *
     * @param round begins the id of each mail.
     * @param recipients of all mails, without brackets.
     * @param octets how long the next mail is to be.
     */
    Senders(Ledger ledger, String round, List<String> recipients, IntSupplier octets) {
        this(ledger, round, () -> recipients, octets);
    }

    /** Clients of one round whose mails have different recipients. */
    Senders(Ledger ledger, String round, Supplier<List<String>> recipients, IntSupplier octets) {
        this.ledger = ledger;
        this.round = round;
        this.recipients = recipients;
        this.octets = octets;
    }

    /** All mails have about that many octets. */
    static IntSupplier octets(int size) {
        return () -> size;
    }

    /** No more than about that many mails in all. */
    Senders most(int mails) {
        most = mails;
        return this;
    }

    /** Begins to send. */
    void begin(InetSocketAddress server, int clients) {
        ending = false;
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> work(server), "client-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /** Stops sending, and waits for the clients. */
    void end() throws InterruptedException {
        ending = true;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    /** Waits for the clients, who stop when they have sent enough. */
    void finish() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    private boolean isEnough() {
        return ending || ledger.sent() >= most;
    }

    private void work(InetSocketAddress server) {
        while (!isEnough()) {
            try (SmtpTestClient talk = new SmtpTestClient(server)) {
                talk.say("EHLO client.test");
                for (int i = 0; i < MAILS_PER_CONNECTION && !isEnough(); i++) {
                    if (!send(talk)) {
                        break;
                    }
                }
            } catch (IOException e) {
                // The server was killed, and that is the point.
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** Whether the connection is of more use. */
    private boolean send(SmtpTestClient talk) throws IOException {
        String mail = ChaosMail.next(round, octets.getAsInt());
        List<String> all = recipients.get();
        ledger.sending(mail, all);
        List<String> commands = new ArrayList<>();
        commands.add("MAIL FROM:" + SENDER);
        all.forEach(recipient -> commands.add("RCPT TO:<" + recipient + ">"));
        commands.add("DATA");
        for (String command : commands) {
            String reply = timed(mail, () -> talk.say(command));
            if (reply.isEmpty() || reply.charAt(0) > '3') {
                ledger.refused(mail);
                return !reply.isEmpty() && talk.say("RSET").startsWith("250");
            }
        }
        String stuffed = ChaosMail.content(mail).replace("\r\n.", "\r\n..");
        String reply = timed(mail, () -> {
            talk.raw(stuffed);
            return talk.say(".");
        });
        if (reply.startsWith("250")) {
            ledger.acknowledged(mail);
        } else if (!reply.isEmpty()) {
            ledger.refused(mail);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return !reply.isEmpty() && !reply.startsWith("421");
    }

    private interface Telling {
        String reply() throws IOException;
    }

    private String timed(String mail, Telling telling) throws IOException {
        long begun = System.nanoTime();
        try {
            return telling.reply();
        } finally {
            ledger.waited(mail, System.nanoTime() - begun);
        }
    }

    /** Waits until that many mails are acknowledged, then a random time of up to some milliseconds. */
    void awaitLoad(int mails, long nanos) {
        Await.until(mails + " mails are taken", () -> ledger.acknowledged() >= mails);
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(Math.min(end - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(5)));
        }
    }
}
