package dev.caravan.chaos;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** {@code caravan run} or {@code caravan broker} as a process of its own. What it logs is in a file of its home. */
final class ServerProgram implements AutoCloseable {
    private static final long LONGEST_START_SECONDS = 60;
    private static final String READY = "caravan ready ";

    private final Process process;
    private final Path log;
    private final String ready;
    private Optional<JMXConnector> connector = Optional.empty();

    private ServerProgram(Process process, Path log) throws Exception {
        this.process = process;
        this.log = log;
        CompletableFuture<String> firstLine = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(firstLine), "program-output");
        reader.setDaemon(true);
        reader.start();
        this.ready = firstLine.get(LONGEST_START_SECONDS, TimeUnit.SECONDS);
    }

    /** Starts a server and waits until it serves. */
    static ServerProgram run(Path home, Map<String, String> settings) throws Exception {
        return start("run", home, settings);
    }

    /** Starts a broker and waits until it serves. */
    static ServerProgram broker(Path home, Map<String, String> settings) throws Exception {
        return start("broker", home, settings);
    }

    private static ServerProgram start(String command, Path home, Map<String, String> settings) throws Exception {
        Files.createDirectories(home);
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // A short life is better spent without the optimizing compiler.
        line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Xmx256m"));
        line.add("-Dcaravan.distribution=" + Path.of("").toAbsolutePath());
        // Not the quiet one of the tests.
        line.add("-Dlogback.configurationFile="
                + Path.of("src/main/resources/logback.xml").toAbsolutePath());
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), Leash.class.getName()));
        line.addAll(List.of(command, "--home", home.toString()));
        settings.forEach((key, value) -> line.addAll(List.of("--set", key + "=" + value)));
        Files.createDirectories(home);
        File log = home.resolve(command + ".log").toFile();
        Process process = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.appendTo(log))
                .start();
        try {
            return new ServerProgram(process, log.toPath());
        } catch (Exception e) {
            process.destroyForcibly();
            throw new IOException("not started, see " + log, e);
        }
    }

    private void read(CompletableFuture<String> firstLine) {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(READY)) {
                    firstLine.complete(line.substring(READY.length()));
                }
            }
            firstLine.completeExceptionally(new IOException("ended, see " + log));
        } catch (IOException e) {
            firstLine.completeExceptionally(e);
        }
    }

    /** Where it takes mail. */
    InetSocketAddress smtp() {
        String address = ready.substring("smtp=".length());
        int colon = address.lastIndexOf(':');
        return new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }

    /** How many messages each queue of its broker holds, those in a consumer's hand included. */
    Map<String, Long> depths() {
        return ofQueues("QueueSize");
    }

    private Map<String, Long> ofQueues(String attribute) {
        try {
            MBeanServerConnection beans = beans();
            Map<String, Long> values = new TreeMap<>();
            for (ObjectName queue :
                    beans.queryNames(new ObjectName("org.apache.activemq:type=Broker,destinationType=Queue,*"), null)) {
                // Consumers have names of the same kind, with the queue's in it.
                if (queue.getKeyProperty("endpoint") == null) {
                    values.put(queue.getKeyProperty("destinationName"), (Long) beans.getAttribute(queue, attribute));
                }
            }
            return values;
        } catch (JMException | IOException e) {
            throw new AssertionError("asking " + process + ", log in " + log, e);
        }
    }

    // The address is that of our own child, from the Java runtime itself.
    @SuppressWarnings("BanJNDI")
    private MBeanServerConnection beans() throws IOException {
        try {
            if (connector.isEmpty()) {
                VirtualMachine machine = VirtualMachine.attach(Long.toString(process.pid()));
                String url = machine.startLocalManagementAgent();
                machine.detach();
                connector = Optional.of(JMXConnectorFactory.connect(new JMXServiceURL(url)));
            }
            return connector.get().getMBeanServerConnection();
        } catch (AttachNotSupportedException e) {
            throw new IOException(e);
        }
    }

    /** Writes what its threads are at beside its log: for the one who wonders why it does not go on. */
    void dumpThreads() throws Exception {
        Object threads = beans().invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "threadPrint",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        Files.writeString(log.resolveSibling("threads.txt"), threads.toString());
    }

    /**
     * Whether no mail is on its way, in whatever queue. Queues are read one after the other: a mail that goes from one
     * to another meanwhile is seen by what the queues have taken in.
     */
    boolean isDrained() {
        Map<String, Long> before = ofQueues("EnqueueCount");
        boolean isEmpty = depths().entrySet().stream()
                .filter(queue ->
                        queue.getKey().startsWith("mail.") && !queue.getKey().equals("mail.bounced"))
                .allMatch(queue -> queue.getValue() == 0);
        return isEmpty && before.equals(ofQueues("EnqueueCount"));
    }

    /** Ends it by SIGKILL, and tells the ledger when that was. */
    void kill(Ledger ledger, int mostInHand) throws Exception {
        long from = System.nanoTime();
        kill();
        ledger.killed(from, System.nanoTime(), mostInHand);
    }

    /** Ends it by SIGKILL. */
    void kill() throws Exception {
        process.destroyForcibly().waitFor();
        disconnect();
    }

    /** Ends it by SIGTERM: a clean stop. */
    void stop() throws Exception {
        process.destroy();
        process.waitFor();
        disconnect();
    }

    long pid() {
        return process.pid();
    }

    private void disconnect() {
        connector.ifPresent(open -> {
            try {
                open.close();
            } catch (IOException e) {
                // The other end is dead, as it should be.
                return;
            }
        });
        connector = Optional.empty();
    }

    @Override
    public void close() throws Exception {
        kill();
    }
}
