package dev.caravan.source.sendmail;

import dev.caravan.lifecycle.Threads;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionsInHand;
import dev.caravan.source.message.SendmailArguments;
import dev.caravan.source.message.SendmailArguments.Action;
import dev.caravan.source.sendmail.SendmailSubmitter.Result;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code bin/sendmail}: a Unix socket over which every user of this machine may submit a message and gets the
 * result, and the folder that {@code bin/sendmail} uses while no server runs. Few connections at once, each for a
 * limited time; a client that finds no free connection uses the folder.
 */
public final class SendmailServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SendmailServer.class);
    private static final int MOST_CONNECTIONS = 8;
    private static final int BACKLOG = 128;
    private static final int LONGEST_PATH = 107;
    private static final long LONGEST_SECONDS = 50;
    private static final long SMTP_SECONDS = 600;
    private static final int LONGEST_SILENCE_MILLIS = 30_000;
    private static final long LONGEST_GOODBYE_SECONDS = 5;
    private static final String PIECE_TOO_LARGE = "too large for the socket (expected: the folder)";

    private final SendmailFolder folder;
    private final SendmailSubmitter submitter;
    private final Path socket;
    private final InetSocketAddress smtp;
    private final Semaphore places = new Semaphore(MOST_CONNECTIONS);
    private final ScheduledExecutorService timer = Threads.timer("sendmail-folder");
    private Optional<ServerSocketChannel> listener = Optional.empty();

    /**
     * Creates a server that does not serve yet.
     *
     * @param folder created if missing; holds the socket.
     * @param smtp the listener that {@code sendmail -bs} is connected to.
     * @param limits of the files of the folder that are read and not stored yet.
     */
    public SendmailServer(
            Path folder,
            SendmailSubmitter submitter,
            InetSocketAddress smtp,
            SubmissionsInHand.Limits limits,
            Runnable whenLocked)
            throws IOException {
        this.folder = new SendmailFolder(folder, submitter, limits, whenLocked);
        this.submitter = submitter;
        this.socket = folder.resolve("socket");
        this.smtp = smtp;
    }

    /** Begins to serve. */
    public void serve(Target route) {
        timer.scheduleWithFixedDelay(() -> look(route), 0, 1, TimeUnit.SECONDS);
    }

    private void look(Target route) {
        try {
            if (folder.isOurs() && listener.isEmpty()) {
                listen(route);
            }
            folder.submitAll(route);
        } catch (IOException | RuntimeException e) {
            LOG.warn("messages of sendmail cannot be taken now: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void listen(Target route) throws IOException {
        if (timer.isShutdown() || socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            return;
        }
        // Left by a server that was killed; no other server can be using it, because this one holds the lock of the
        // folder.
        Files.deleteIfExists(socket);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.setAttribute(socket, "unix:mode", 0666);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        listener = Optional.of(channel);
        Threads.start("sendmail-accept", () -> accept(channel, route));
    }

    private void accept(ServerSocketChannel channel, Target route) {
        while (channel.isOpen()) {
            try {
                places.acquire();
                SocketChannel connection = channel.accept();
                Threads.start("sendmail", () -> serve(connection, route));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                places.release();
                LOG.warn("the socket of sendmail: {}", e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void serve(SocketChannel connection, Target route) {
        ScheduledFuture<?> limit = timer.schedule(() -> close(connection), LONGEST_SECONDS, TimeUnit.SECONDS);
        try (connection) {
            String user = connection
                    .getOption(ExtendedSocketOptions.SO_PEERCRED)
                    .user()
                    .getName();
            DataInputStream in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(connection)));
            SendmailRequest request = SendmailRequest.read(in);
            OutputStream out = Channels.newOutputStream(connection);
            if (isSmtp(request)) {
                limit.cancel(false);
                limit = timer.schedule(() -> close(connection), SMTP_SECONDS, TimeUnit.SECONDS);
                connect(in, out);
            } else {
                out.write(answer(submit(route, request, user, in)));
            }
        } catch (IOException | RuntimeException e) {
            // A client that disconnects in the middle has submitted nothing.
            LOG.debug("a client of sendmail: {}", e.toString());
        } finally {
            limit.cancel(false);
            places.release();
        }
    }

    private static boolean isSmtp(SendmailRequest request) {
        try {
            return SendmailArguments.parse(request.program(), request.arguments())
                            .action()
                    == Action.SMTP;
        } catch (IllegalArgumentException e) {
            // The submission finds and reports the same mistake.
            return false;
        }
    }

    private Result submit(Target route, SendmailRequest request, String user, DataInputStream in) throws IOException {
        // Reads the whole message before submitting any of it. It is small: large messages go through the folder.
        byte[] content = new SendmailRequest.Content(in).readNBytes(SendmailRequest.MAX_CHUNK + 1);
        if (content.length > SendmailRequest.MAX_CHUNK) {
            return new Result(SendmailSubmitter.TRY_AGAIN, PIECE_TOO_LARGE);
        }
        return submitter.submit(route, request, user, new ByteArrayInputStream(content), true);
    }

    private static byte[] answer(Result result) {
        String words =
                result.words().isEmpty() ? "" : "sendmail: " + result.words().replace('\n', ' ') + "\n";
        byte[] text = words.replaceAll("[^\\x20-\\x7e\\n]", "?").getBytes(StandardCharsets.US_ASCII);
        byte[] head = (result.code() + " " + text.length + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + text.length);
        System.arraycopy(text, 0, all, head.length, text.length);
        return all;
    }

    /** Copies octets between a program that speaks SMTP and the SMTP listener. */
    private void connect(InputStream in, OutputStream out) throws IOException {
        try (Socket server = new Socket(smtp.getAddress(), smtp.getPort())) {
            OutputStream toServer = server.getOutputStream();
            Threads.start("sendmail-smtp", () -> {
                try {
                    in.transferTo(toServer);
                    // The last commands may still be in progress; after QUIT the listener closes the connection itself.
                    server.setSoTimeout(LONGEST_SILENCE_MILLIS);
                } catch (IOException e) {
                    LOG.debug("a client of sendmail -bs: {}", e.toString());
                }
            });
            server.getInputStream().transferTo(out);
        }
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("closing a connection of sendmail: {}", e.toString());
        }
    }

    @Override
    public synchronized void close() {
        folder.stop();
        timer.shutdown();
        try {
            if (listener.isPresent()) {
                listener.get().close();
                Files.deleteIfExists(socket);
            }
            timer.awaitTermination(LONGEST_GOODBYE_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            LOG.debug("closing the socket of sendmail: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        folder.close();
    }
}
