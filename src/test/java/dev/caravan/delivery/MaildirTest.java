package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaildirTest {
    private static final String NAME = "1719831157.Q7F3A0001.1-2-00.caravan";
    private static final String HEADER = "X: 1\r\n";
    private static final String CONTENT = "Subject: x\r\n\r\nhello\r\n";
    private static final String STORED = "X: 1\nSubject: x\n\nhello\n";

    @TempDir
    Path folder;

    /** Something happens when half of the content is read. */
    private interface Interruption {
        void happens() throws IOException;
    }

    @Test
    void showsOneWholeMailWhenTwoServersStoreItAtOnce() throws IOException {
        Maildir maildir = new Maildir(folder);
        maildir.create();
        maildir.store(NAME, HEADER, interrupted(() -> {
            new Maildir(folder).store(NAME, HEADER, interrupted(() -> {}));
            assertEquals(List.of(STORED), mails("new"));
        }));
        assertEquals(List.of(STORED), mails("new"));
        assertEquals(List.of(), mails("tmp"));
    }

    @Test
    void doesNotStoreAgainWhatWasReadMeanwhile() throws IOException {
        Maildir maildir = new Maildir(folder);
        maildir.create();
        maildir.store(NAME, HEADER, interrupted(() -> {
            new Maildir(folder).store(NAME, HEADER, interrupted(() -> {}));
            Files.move(
                    folder.resolve("new").resolve(NAME), folder.resolve("cur").resolve(NAME + ":2,S"));
        }));
        assertEquals(List.of(), mails("new"));
        assertEquals(List.of(STORED), mails("cur"));
        assertEquals(List.of(), mails("tmp"));
    }

    private static InputStream interrupted(Interruption interruption) {
        byte[] octets = CONTENT.getBytes(StandardCharsets.US_ASCII);
        int half = octets.length / 2;
        return new java.io.SequenceInputStream(
                new ByteArrayInputStream(octets, 0, half), new ByteArrayInputStream(octets, half, octets.length) {
                    private boolean happened;

                    @Override
                    public synchronized int read(byte[] to, int from, int length) {
                        if (!happened) {
                            happened = true;
                            try {
                                interruption.happens();
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        }
                        return super.read(to, from, length);
                    }
                });
    }

    private List<String> mails(String part) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(part))) {
            return files.map(MaildirTest::text).toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
