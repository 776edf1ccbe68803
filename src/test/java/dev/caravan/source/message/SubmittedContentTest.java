package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What programs write before a header does not make text of it. */
class SubmittedContentTest {
    private static final String HEADER =
            "Received: by x\nFrom: a@far.example\nTo: alice@int.test\nBcc: secret@far.example\n"
                    + "Subject: x\nDate: Mon, 23 Nov 2026 14:25:48 +0000\nMessage-ID: <1@x>\n";
    private static final String BODY = "\nhello\n";

    private static final String FIELDS =
            "From: a@far.example\r\nDate: Mon, 23 Nov 2026 14:25:48 +0000\r\nMessage-ID: <1@x>\r\n";

    private static String copied(String text) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DefaultHeaders stamp = new DefaultHeaders(
                "postmaster@int.test", "2@x", ZonedDateTime.of(2026, 11, 23, 14, 0, 0, 0, ZoneOffset.UTC));
        new SubmittedContent(stamp, out, new SubmittedContent.Limits(100_000, 1000, false))
                .copy(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), false);
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From a@far.example Mon Nov 23 14:00:00 2026\n",
                "From a@far.example Mon Nov 23 14:00:00 2026\r\n",
                ">From a@far.example Mon Nov 23 14:00:00 2026\n",
                "From MAILER-DAEMON Mon Nov 23 14:00:00 2026\n",
                "From a@far.example\n",
                "\uFEFF",
                "\uFEFFFrom a@far.example Mon Nov 23 14:00:00 2026\n",
                "From a@far.example Mon Nov 23 14:00:00 2026\n\uFEFF",
                "\n",
                "\r\n",
                "\n\n \t\n",
                "\nFrom a@far.example Mon Nov 23 14:00:00 2026\n\n",
            })
    void dropsWhatIsBeforeAHeader(String before) throws Exception {
        String expected = HEADER.replace("Bcc: secret@far.example\n", "").replace("\n", "\r\n") + "\r\nhello\r\n";
        assertEquals(expected, copied(before + HEADER + BODY));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\nhello: world\n",
                "\nhello\n",
                "From now on, all is well\n",
                "From here\nto there\n",
                "hello\nFrom: nobody\n",
                "\n\n\nNote: this is a text\n",
            })
    void keepsAText(String text) throws Exception {
        String copy = copied(text);
        assertEquals(text.replace("\n", "\r\n"), copy.substring(copy.length() - text.length() - lines(text)));
    }

    private static int lines(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    @Test
    void dropsTheFirstLineOfAnMboxBeforeAText() throws Exception {
        String copy = copied("From a@far.example Mon Nov 23 14:00:00 2026\nhello\n");
        assertEquals(
                "Date: Mon, 23 Nov 2026 14:00:00 +0000\r\nFrom: <postmaster@int.test>\r\nMessage-ID: <2@x>\r\n\r\nhello\r\n",
                copy);
    }

    @Test
    void keepsSuchLinesWithinTheBody() throws Exception {
        String copy = copied(FIELDS + "\r\n\r\n\uFEFFFrom x Mon Nov 23 14:00:00 2026\r\nBcc: a@b\r\n");
        assertEquals(FIELDS + "\r\n\r\n\uFEFFFrom x Mon Nov 23 14:00:00 2026\r\nBcc: a@b\r\n", copy);
    }

    @Test
    void keepsManyEmptyLines() throws Exception {
        String copy = copied("\n".repeat(200) + HEADER);
        assertEquals(
                200,
                copy.substring(0, copy.indexOf("Received"))
                                        .split("\r\n\r\n", 2)[1]
                                        .length()
                                / 2
                        + 1);
    }
}
