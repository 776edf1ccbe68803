package dev.caravan.testkit;

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
 * What a program of others needs that is not to be on our class path: Maven finds it by the pom in {@code src/test/NAME},
 * and loads it at the first run.
 */
final class SeparateClassPath {
    private SeparateClassPath() {}

    static synchronized String of(String name) throws IOException {
        Path pom = Path.of("src/test", name, "pom.xml");
        Path classPath = Path.of("target", name + ".classpath");
        if (!isFresh(pom, classPath)) {
            resolve(pom, classPath);
        }
        return Files.readString(classPath).strip();
    }

    private static boolean isFresh(Path pom, Path classPath) throws IOException {
        return Files.exists(classPath)
                && Files.getLastModifiedTime(classPath).compareTo(Files.getLastModifiedTime(pom)) > 0
                && Arrays.stream(Files.readString(classPath).strip().split(File.pathSeparator))
                        .allMatch(jar -> Files.exists(Path.of(jar)));
    }

    private static void resolve(Path pom, Path classPath) throws IOException {
        List<String> command = new ArrayList<>(List.of(maven(), "-B", "-q", "-f", pom.toString()));
        command.addAll(List.of("dependency:build-classpath", "-Dmdep.outputFile=" + classPath.toAbsolutePath()));
        Optional.ofNullable(System.getProperty("maven.repo.local"))
                .ifPresent(folder -> command.add("-Dmaven.repo.local=" + folder));
        Process maven = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (maven.waitFor() != 0) {
                throw new IOException("cannot be loaded by " + command + ": " + said);
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
