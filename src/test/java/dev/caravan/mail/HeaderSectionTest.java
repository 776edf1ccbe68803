package dev.caravan.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeaderSectionTest {
    @TempDir
    Path folder;

    @Test
    void endsAtTheFirstEmptyLine() throws IOException {
        HeaderSection header = inBoth("A: 1\r\nB: 2\r\n\r\nReceived: in the body\r\n");
        assertEquals("A: 1\r\nB: 2\r\n", text(header));
        assertEquals(0, header.count("Received"));
    }

    @Test
    void countsFieldsWhateverTheirCase() throws IOException {
        HeaderSection header =
                inBoth("Received: a\r\n\tReceived: folded\r\nRECEIVED : b\r\nReceived-SPF: c\r\nX-Received: d\r\n\r\n");
        assertEquals(2, header.count("Received"));
    }

    @Test
    void unfoldsTheFirstFieldOfAName() throws IOException {
        HeaderSection header = inBoth("Subject:  one\r\n two\r\n\tthree \r\nSubject: other\r\n\r\n");
        assertEquals(Optional.of("one two\tthree"), header.first("subject"));
        assertEquals(Optional.empty(), header.first("Message-ID"));
    }

    @Test
    void givesAllFieldsOfANameAndTheRest() throws IOException {
        HeaderSection header = inBoth(" of nothing\r\nTo: a\r\nCc: b\r\nTO : c\r\n\td\r\nTox: e\r\n\r\nTo: body\r\n");
        assertEquals(List.of("a", "c\td"), header.all("to"));
        assertEquals(List.of(), header.all("T"));
        assertEquals(" of nothing\r\nCc: b\r\nTox: e\r\n", new String(header.without("to"), StandardCharsets.US_ASCII));
    }

    @Test
    void takesAContentWithoutEmptyLineWhole() throws IOException {
        assertEquals("A: 1\r\nB", text(inBoth("A: 1\r\nB")));
        assertEquals(Optional.of(""), inBoth("A:").first("A"));
    }

    @Test
    void findsNoFieldInAContentWithoutHeader() throws IOException {
        assertEquals(0, inBoth("\r\nReceived: x\r\n").size());
        assertEquals(0, inBoth("").size());
    }

    @Test
    void looksAtNoMoreThanItsLimit() throws IOException {
        HeaderSection header = inBoth(("X-Long: " + "x".repeat(990) + "\r\n").repeat(400));
        assertTrue(header.size() <= HeaderSection.MAX_OCTETS);
        assertEquals(HeaderSection.MAX_OCTETS / 1000, header.count("X-Long"));
        assertTrue(text(header).endsWith("x\r\n"));
    }

    @Test
    void findsTheEndWhereverAReadEnds() throws IOException {
        for (int before = 8180; before < 8200; before++) {
            HeaderSection header = inBoth("X: " + "x".repeat(before - 3) + "\r\n\r\nbody");
            assertEquals(before + 2, header.size());
        }
    }

    /** The header of a content, which must be the same in memory and in a file. */
    private HeaderSection inBoth(String content) throws IOException {
        byte[] octets = content.getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("content"), octets);
        HeaderSection fromFile = HeaderSection.of(new Content.InFile(file, octets.length));
        HeaderSection fromMemory = HeaderSection.of(new Content.InMemory(octets));
        assertEquals(text(fromMemory), text(fromFile));
        return fromFile;
    }

    private static String text(HeaderSection header) {
        return new String(header.octets(), StandardCharsets.ISO_8859_1);
    }
}
