package dev.caravan.camel;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A broker of ActiveMQ Artemis with {@code broker-config/artemis.xml}, in a process of its own. What it needs is not on
 * our class path, since its Netty is another than ours: Maven finds it by the pom in {@code src/test/artemis}, and loads
 * it at the first run.
 */
final class Artemis {
    private static final Path SOURCE = Path.of("src/test/artemis");
    private static final Path CLASS_PATH = Path.of("target/artemis.classpath");

    private Artemis() {}

    /** Starts a broker and does not wait for it. */
    static Program start(Path data) throws IOException {
        return new Program(Program.java(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dcaravan.artemis.listen=127.0.0.1:0",
                "-Dcaravan.artemis.data=" + data,
                "-cp",
                classPath(),
                SOURCE.resolve("ArtemisBroker.java").toString(),
                Path.of("broker-config/artemis.xml").toString())));
    }

    private static synchronized String classPath() throws IOException {
        if (!isFresh()) {
            resolve();
        }
        return Files.readString(CLASS_PATH).strip();
    }

    private static boolean isFresh() throws IOException {
        Path pom = SOURCE.resolve("pom.xml");
        return Files.exists(CLASS_PATH)
                && Files.getLastModifiedTime(CLASS_PATH).compareTo(Files.getLastModifiedTime(pom)) > 0
                && Arrays.stream(Files.readString(CLASS_PATH).strip().split(File.pathSeparator))
                        .allMatch(jar -> Files.exists(Path.of(jar)));
    }

    private static void resolve() throws IOException {
        List<String> command = new ArrayList<>(List.of(maven(), "-B", "-q", "-f", "src/test/artemis/pom.xml"));
        command.addAll(List.of("dependency:build-classpath", "-Dmdep.outputFile=" + CLASS_PATH.toAbsolutePath()));
        Optional.ofNullable(System.getProperty("maven.repo.local"))
                .ifPresent(folder -> command.add("-Dmaven.repo.local=" + folder));
        Process maven = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (maven.waitFor() != 0) {
                throw new IOException("Artemis cannot be loaded by " + command + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** The Maven that runs us, else that of the PATH. */
    private static String maven() {
        return Optional.ofNullable(System.getProperty("maven.home"))
                .map(home -> Path.of(home, "bin", "mvn").toString())
                .orElse("mvn");
    }
}
