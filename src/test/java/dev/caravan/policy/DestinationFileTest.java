package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.MovingClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationFileTest {
    private final MovingClock clock = MovingClock.now();

    @TempDir
    private Path folder;

    private static final DestinationTable TABLE = DestinationTable.parse(List.of(
            "# limits",
            "",
            "Big.Example connections=50 messages-per-connection=500",
            "*.small.example connections=1  messages-per-minute=60 # at their request",
            "mx:*.provider.example connections=10",
            "mx:one.example messages-per-connection=1",
            "* connections=8"));

    @ParameterizedTest
    @CsvSource({
        "big.example,        mx.other.example,    big.example",
        "BIG.example,        mx.provider.example, big.example",
        "sub.big.example,    mx.other.example,    *",
        "a.small.example,    mx.other.example,    *.small.example",
        "small.example,      mx.other.example,    *",
        "any.example,        mx.provider.example, *.provider.example",
        "any.example,        provider.example,    *",
        "any.example,        ONE.example,         one.example"
    })
    void usesTheFirstLineThatFits(String domain, String host, String pattern) {
        assertEquals(
                pattern,
                TABLE.find(domain, List.of("a.example", host)).orElseThrow().pattern());
    }

    @Test
    void readsLimits() {
        DestinationTable.Limits big = TABLE.find("big.example", List.of()).orElseThrow();
        assertEquals(OptionalInt.of(50), big.connections());
        assertEquals(OptionalInt.of(500), big.messagesPerConnection());
        assertEquals(OptionalInt.empty(), big.messagesPerMinute());
        assertTrue(big.isOfDomain());
        assertEquals(
                OptionalInt.of(60),
                TABLE.find("x.small.example", List.of()).orElseThrow().messagesPerMinute());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.example                               | line 1: a pattern without limits",
                "a.example connections=0                 | line 1: connections=0 (expected: a number from 1 to 10000)",
                "a.example connections=5 connections=6   | line 1: connections is given twice",
                "a.example speed=5                       | line 1: no such limit: speed",
                "a.example connections                   | line 1: connections= (expected: a number",
                "a_.*.example connections=5              | line 1: not a pattern: a_.*.example",
                "mx: connections=5                       | line 1: not a pattern"
            })
    void saysWhatIsWrongAndWhere(String line, String said) {
        String words =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> DestinationTable.parse(List.of(line)))
                        .getMessage());
        assertTrue(words.startsWith(said), words);
    }

    @Test
    void refusesTooManyLinesAndPatternsThatComeTwice() {
        List<String> many = java.util.stream.IntStream.rangeClosed(0, 1000)
                .mapToObj(i -> String.format(Locale.ROOT, "d%d.example connections=1", i))
                .toList();
        assertThrows(IllegalArgumentException.class, () -> DestinationTable.parse(many));
        assertThrows(
                IllegalArgumentException.class,
                () -> DestinationTable.parse(List.of("a.example connections=1", "A.example connections=2")));
    }

    @Test
    void isReadAgainWhenItChangesAndStaysAsItWasWhileItIsBroken() throws Exception {
        Path place = folder.resolve("destinations");
        DestinationFile file = DestinationFile.open(List.of(place), Path::of, clock);
        assertTrue(file.table().find("a.example", List.of()).isEmpty());
        Files.writeString(place, "a.example connections=3\n");
        look(file);
        assertEquals(OptionalInt.of(3), connections(file));
        Files.writeString(place, "a.example connections=none\n");
        look(file);
        assertEquals(OptionalInt.of(3), connections(file));
        Files.writeString(place, "a.example connections=4444\n");
        look(file);
        assertEquals(OptionalInt.of(4444), connections(file));
    }

    private void look(DestinationFile file) {
        for (int i = 0; i < 3; i++) {
            file.look();
            clock.advance(Duration.ofSeconds(5));
        }
    }

    private static OptionalInt connections(DestinationFile file) {
        return file.table().find("a.example", List.of()).orElseThrow().connections();
    }
}
