package dev.caravan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the code says about RFCs can be followed: one form, and each RFC is in the table of what we keep. */
class RfcReferenceTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path COVERAGE = Path.of("docs/rfc-coverage.md");

    /** {@code RFC 5321 §4.5.2}, {@code RFC 5321 §F.2}, or an RFC as a whole. */
    private static final Pattern WELL_FORMED =
            Pattern.compile("\\bRFC ([1-9][0-9]{2,4})(?: §[A-Z0-9]+(?:\\.[0-9]+)*)?(?! ?[0-9§])");

    /** Anything that means an RFC; rfc822 in lower case is a media or address type, RFC822.SIZE an item of IMAP. */
    private static final Pattern ANY = Pattern.compile("\\b(?!rfc822|RFC822\\.?SIZE)(?:RFCs?|rfcs?)[ -]?[0-9]{3,5}");

    /** A sign that no section follows; further sections of one RFC stand as {@code (RFC 5321 §4.1.2, §4.1.3)}. */
    private static final Pattern SECTION = Pattern.compile("§(?![A-Z0-9]+(?:\\.[0-9]+)*(?![0-9A-Za-z]))");

    private static final Pattern ROW = Pattern.compile("\\| ([0-9]{3,5}) \\| [^|]+ \\| (yes|partial|no) \\| [^|]+ \\|");
    private static final Pattern LINE_BREAK_IN_COMMENT = Pattern.compile("\\R\\s*(?:\\*(?!/)|//)\\s*");

    @Test
    void everyReferenceHasTheOneForm() throws IOException {
        List<String> malformed = new ArrayList<>();
        for (Path source : sources()) {
            malformed.addAll(malformed(source.getFileName() + ": ", text(source)));
        }
        assertEquals(List.of(), malformed, "expected: such as RFC 5321 §4.5.2");
    }

    @Test
    void everyRfcIsInTheTable() throws IOException {
        Set<String> missing = new TreeSet<>();
        Set<String> covered = covered();
        for (Path source : sources()) {
            Matcher matcher = WELL_FORMED.matcher(text(source));
            while (matcher.find()) {
                if (!covered.contains(matcher.group(1))) {
                    missing.add("RFC " + matcher.group(1) + " (" + source.getFileName() + ")");
                }
            }
        }
        assertEquals(Set.of(), missing, "expected: a row in " + COVERAGE);
    }

    @Test
    void theTableIsInOrderAndComplete() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (String line : Files.readAllLines(COVERAGE)) {
            if (line.matches("\\| [0-9].*")) {
                assertTrue(ROW.matcher(line).matches(), line);
                numbers.add(Integer.valueOf(line.substring(2, line.indexOf(" |", 2))));
            }
        }
        assertEquals(numbers.stream().sorted().distinct().toList(), numbers);
        assertFalse(numbers.isEmpty());
    }

    @Test
    void findsMalformedReferences() {
        for (String good : List.of(
                "(RFC 5321 §4.5.2)", "(RFC 5321 §4.1.2, §4.1.3).", "RFC 5321 §F.2", "RFC 5321 §4.5.", "RFC 6152.")) {
            assertEquals(List.of(), malformed("", good), good);
        }
        for (String bad : List.of(
                "RFC5321 §4.5.2",
                "rfc 5321",
                "RFC-5321",
                "RFC 5321 4.5.2",
                "RFC 5321, section 4.5.2",
                "RFC 5321§4.5",
                "RFCs 5321 and 5322",
                "RFC 5321 § 4.5")) {
            assertFalse(malformed("", bad).isEmpty(), bad);
        }
    }

    private static List<String> malformed(String where, String text) {
        List<String> malformed = new ArrayList<>();
        Set<Integer> good = new TreeSet<>();
        Matcher wellFormed = WELL_FORMED.matcher(text);
        while (wellFormed.find()) {
            good.add(wellFormed.start());
        }
        for (Pattern pattern : List.of(ANY, SECTION, Pattern.compile("RFC [0-9]+,? (?i:sec)"))) {
            Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                if (pattern != ANY || !good.contains(matcher.start())) {
                    malformed.add(where + text.substring(matcher.start(), Math.min(text.length(), matcher.end() + 20)));
                }
            }
        }
        return malformed;
    }

    private static Set<String> covered() throws IOException {
        return Files.readAllLines(COVERAGE).stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .collect(Collectors.toSet());
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    /** The text with comments that go on in the next line joined, so that a reference may be broken there. */
    private static String text(Path source) throws IOException {
        return LINE_BREAK_IN_COMMENT.matcher(Files.readString(source)).replaceAll(" ");
    }
}
