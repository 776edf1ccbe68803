package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderField;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentEditTest {
    private static final String BODY = "\r\nX-Tag: not a field\r\n";

    @TempDir
    Path folder;

    private Spool spool;
    private ContentEdit edit;

    @BeforeEach
    void open() throws IOException {
        spool = new Spool(folder, 1000, 1 << 20);
        edit = new ContentEdit(spool);
    }

    @Test
    void putsAFieldInThePlaceOfAllOfItsName() throws IOException {
        String mail = "x-tag: 1\r\n folded\r\nSubject: a\r\n b\r\nX-TAG : 2\r\nX-Tags: 3\r\n" + BODY;
        assertEquals(
                "X-Tag: new\r\nSubject: a\r\n b\r\nX-Tags: 3\r\n" + BODY,
                text(edit.with(memory(mail), new HeaderField("X-Tag", "new"))));
    }

    @Test
    void removesAField() throws IOException {
        assertEquals(
                "B: 2\r\n" + BODY, text(edit.without(memory("X-Tag: 1\r\nB: 2\r\nX-Tag:\r\n\tx\r\n" + BODY), "x-tag")));
        Content without = memory("B: 2\r\n" + BODY);
        assertSame(without, edit.without(without, "X-Tag"));
    }

    @Test
    void editsWhatHasNoBodyOrNoHeader() throws IOException {
        HeaderField field = new HeaderField("X-Tag", "new");
        assertEquals("X-Tag: new\r\n", text(edit.with(memory(""), field)));
        assertEquals("X-Tag: new\r\nA: b\r\n", text(edit.with(memory("A: b\r\nX-Tag: 1\r\n"), field)));
        assertEquals("X-Tag: new\r\n" + BODY, text(edit.with(memory(BODY), field)));
    }

    @Test
    void writesWhatIsLargeToAFileAndLeavesTheOldOne() throws IOException {
        String large = "X-Tag: 1\r\n" + BODY + "0123456789\r\n".repeat(20_000);
        Path old = Files.writeString(folder.resolve("tmp-old"), large);
        Content before = new Content.InFile(old, large.length());
        Content after = edit.with(before, new HeaderField("X-Tag", "22"));
        assertInstanceOf(Content.InFile.class, after);
        assertEquals("X-Tag: 22" + large.substring("X-Tag: 1".length()), text(after));
        assertEquals(large, text(before));
        spool.releaseTemporary(after);
        assertEquals(List.of("tmp-old"), files());
    }

    @Test
    void leavesNothingBehindWhenTheOldContentCannotBeRead() throws IOException {
        Content missing = new Content.InFile(folder.resolve("missing"), 5000);
        assertThrows(IOException.class, () -> edit.with(missing, new HeaderField("A", "b")));
        assertEquals(List.of(), files());
    }

    @Test
    void releasesTemporaryNamesOnly() throws IOException {
        Path item = Files.writeString(folder.resolve("0123456789ABCDEF.1"), "x");
        spool.releaseTemporary(new Content.InFile(item, 1));
        spool.releaseTemporary(memory("x"));
        assertEquals(List.of("0123456789ABCDEF.1"), files());
    }

    @Test
    void aFieldIsOneLineWhateverItsValue() {
        assertEquals(
                "X-A: a??Bcc: b?\r\n",
                new String(new HeaderField("X-A", "a\r\nBcc: b\u00e9").octets(), StandardCharsets.US_ASCII));
        assertEquals(900 + "X-A: \r\n".length(), new HeaderField("X-A", "x".repeat(5000)).octets().length);
        for (String name : List.of("", "a b", "a:", "a\r\n", "\u00e9", "x".repeat(65))) {
            assertThrows(IllegalArgumentException.class, () -> new HeaderField(name, "x"), name);
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static Content memory(String text) {
        return new Content.InMemory(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String text(Content content) throws IOException {
        try (InputStream in = content.open()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
