package dev.caravan.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The test's end of a {@link ServerProcess}. {@code -Dchild.log=FILE} keeps what all children log. */
public final class Child implements AutoCloseable {
    private static final int LAST_LINES = 40;
    private static final String ENDED = "ended";

    private final Process process;
    private final Deque<String> log = new ArrayDeque<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final int port;

    /** Starts a server and waits until it serves. */
    public Child(Path home, Collection<String> jvmOptions, Collection<String> settings) throws IOException {
        this(List.of(), home, jvmOptions, settings);
    }

    /** A server that may have so many files and connections open. */
    public static Child withHandles(int limit, Path home, Collection<String> settings) throws IOException {
        List<String> shell = List.of("sh", "-c", "ulimit -n " + limit + "; exec \"$@\"", "sh");
        return new Child(shell, home, List.of(), settings);
    }

    private Child(List<String> prefix, Path home, Collection<String> jvmOptions, Collection<String> settings)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // A short life is better spent without the optimizing compiler.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ServerProcess.class.getName()));
        command.add(home.toString());
        command.addAll(settings);
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        // Always read, or a child that warns a lot would wait for us.
        Thread reader = new Thread(this::read, "child-output");
        reader.setDaemon(true);
        reader.start();
        port = Integer.parseInt(answer().substring("ready ".length()));
    }

    public InetSocketAddress smtp() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Where it takes mail by HTTP, as {@code host:port}. */
    public String http() throws IOException {
        return ask("http");
    }

    /** Where JMS clients connect. */
    public String broker() throws IOException {
        return ask("broker");
    }

    public long depth(String queue) throws IOException {
        return Long.parseLong(ask("depth " + queue));
    }

    /** How many mails are still on their way, in whatever queue. */
    public long open() {
        try {
            return Long.parseLong(ask("open"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Stores what stays long anew, again and again until it ends. */
    public void renewWithoutEnd() throws IOException {
        ask("renew");
    }

    /** How many messages were stored anew. */
    public long renewed() {
        try {
            return Long.parseLong(ask("renewed"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Ends without any goodbye: by its own hand. */
    public void halt() throws IOException, InterruptedException {
        tell("halt");
        process.waitFor();
    }

    /** Ends without any goodbye: SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Ends as SIGTERM would have it. */
    public void stop() throws IOException, InterruptedException {
        ask("stop");
        process.waitFor();
    }

    /** The last lines of what it logged. */
    public String log() {
        synchronized (log) {
            return String.join("\n", log);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The most memory it ever had, as the system counts it; 0 where that is not known. */
    public long peakKib() throws IOException {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }

    /** The processor time that it has used until now. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private void tell(String order) throws IOException {
        process.outputWriter(StandardCharsets.UTF_8).write(order + "\n");
        process.outputWriter(StandardCharsets.UTF_8).flush();
    }

    private synchronized String ask(String order) throws IOException {
        tell(order);
        return answer();
    }

    private String answer() throws IOException {
        try {
            String answer = answers.take();
            if (!answer.equals(ENDED)) {
                return answer;
            }
            synchronized (log) {
                throw new IOException("the child has ended: " + String.join("\n", log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("> ")) {
                    answers.add(line.substring(2));
                } else {
                    note(line);
                }
            }
        } catch (IOException e) {
            note(e.toString());
        }
        answers.add(ENDED);
    }

    private void note(String line) {
        synchronized (log) {
            log.add(line);
            if (log.size() > LAST_LINES) {
                log.remove();
            }
        }
        Optional.ofNullable(System.getProperty("child.log")).ifPresent(file -> {
            try {
                Files.writeString(Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
