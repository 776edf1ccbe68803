package dev.caravan.testkit;

import dev.caravan.Caravan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program in a process of its own, as an operator starts it: {@code caravan run}, {@code caravan broker}, or the broker
 * of others. It says on its standard output when it serves, {@code ... ready NAME=ADDRESS}.
 */
public final class Program implements AutoCloseable {
    private static final int LAST_LINES = 60;
    private static final long LONGEST_START_SECONDS = 90;

    private final Process process;
    private final Deque<String> log = new ArrayDeque<>();
    private final CompletableFuture<String> ready = new CompletableFuture<>();

    /** Starts a program and does not wait for it. */
    Program(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread reader = new Thread(this::read, "program-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a command of the launcher and does not wait for it.
     *
     * @param command {@code run} or {@code broker}.
     */
    public static Program caravan(String command, Path home, Map<String, String> settings) throws IOException {
        Files.createDirectories(home);
        List<String> line = new ArrayList<>(java(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dcaravan.distribution=" + Path.of("").toAbsolutePath(),
                "-cp",
                System.getProperty("java.class.path"),
                Caravan.class.getName(),
                command,
                "--home",
                home.toString())));
        settings.forEach((key, value) -> line.addAll(List.of("--set", key + "=" + value)));
        return new Program(line);
    }

    /** The command line of this Java with those arguments. */
    public static List<String> java(List<String> arguments) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(arguments);
        return line;
    }

    /** Where it serves; waits until it does. */
    public String address() throws IOException {
        try {
            String line = ready.get(LONGEST_START_SECONDS, TimeUnit.SECONDS);
            return line.substring(line.indexOf('=') + 1);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("does not serve: " + log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** Whether it has ever served. */
    public boolean serves() {
        return ready.isDone() && !ready.isCompletedExceptionally();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it without any goodbye: SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Ends it by SIGTERM. */
    public int stop() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }

    /** The last lines that it wrote. */
    String log() {
        synchronized (log) {
            return String.join("\n", log);
        }
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.matches("[a-z]+ ready [a-z]+=.*")) {
                    ready.complete(line);
                }
                note(line);
            }
        } catch (IOException e) {
            note(e.toString());
        }
        ready.completeExceptionally(new IOException("ended"));
    }

    private void note(String line) {
        synchronized (log) {
            log.add(line);
            if (log.size() > LAST_LINES) {
                log.remove();
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
