package dev.caravan.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** What fuzzing found worth keeping is tried again in every build, without the fuzzer. */
class FuzzCorpusTest {
    private static final Path CORPUS = Path.of("src/test/resources/fuzz-corpus");
    private static final long MAX_CORPUS = 1024 * 1024;
    private static final int SPOILT_COPIES = 3;

    private static final Logger SESSIONS = (Logger) LoggerFactory.getLogger("dev.caravan.session");

    /** A route that fails is part of the game here. */
    @BeforeAll
    static void silence() {
        SESSIONS.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        SESSIONS.setLevel(null);
    }

    @ParameterizedTest
    @EnumSource
    void everyInputKeepsTheRules(FuzzTarget target) throws IOException {
        List<Path> inputs = files(CORPUS.resolve(target.label()));
        assertFalse(inputs.isEmpty(), "no corpus (expected: written by src/test/fuzz/run.sh)");
        for (Path input : inputs) {
            tried(target, input, Files.readAllBytes(input));
        }
    }

    /** A little of what the fuzzer does, with the same chance in each build. */
    @ParameterizedTest
    @EnumSource
    void everyInputKeepsTheRulesWhenItIsSpoilt(FuzzTarget target) throws IOException {
        Random random = new Random(5321);
        for (Path input : files(CORPUS.resolve(target.label()))) {
            byte[] octets = Files.readAllBytes(input);
            for (int i = 0; i < SPOILT_COPIES && octets.length > 0; i++) {
                byte[] spoilt = Arrays.copyOf(octets, 1 + random.nextInt(octets.length));
                spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
                tried(target, input, spoilt);
            }
        }
    }

    @Test
    void theCorpusIsSmallAndOfTargetsThatExist() throws IOException {
        try (Stream<Path> folders = Files.list(CORPUS)) {
            assertEquals(
                    Arrays.stream(FuzzTarget.values()).map(FuzzTarget::label).collect(Collectors.toSet()),
                    folders.map(folder -> folder.getFileName().toString()).collect(Collectors.toSet()));
        }
        long size = 0;
        for (FuzzTarget target : FuzzTarget.values()) {
            for (Path input : files(CORPUS.resolve(target.label()))) {
                size += Files.size(input);
            }
        }
        assertTrue(size <= MAX_CORPUS, size + " octets (expected: <= " + MAX_CORPUS + ")");
    }

    private static void tried(FuzzTarget target, Path input, byte[] octets) {
        try {
            target.run(octets);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(input + " as " + Arrays.toString(octets), e);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** The folders are named so that they can be found. */
    @Test
    void labelsAreDistinctWords() {
        Set<String> labels =
                Arrays.stream(FuzzTarget.values()).map(FuzzTarget::label).collect(Collectors.toSet());
        assertEquals(FuzzTarget.values().length, labels.size());
        labels.forEach(label -> assertTrue(label.matches("[a-z]+(-[a-z]+)*"), label));
    }
}
