package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.routetest.FakeMailHost;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The same octets arrive whether they come by DATA, by BDAT or as binary content, and whether they leave by DATA or by
 * BDAT. The Maven profile {@code long} runs the whole range, the suite a part of it.
 */
@RunningServer(
        settings = {"content.inline-limit=4KiB", "content.max-size=64MiB"},
        peerOffers = {"PIPELINING", "8BITMIME", "CHUNKING", "BINARYMIME"})
class SameOctetsTest {
    private static final int MESSAGES = Integer.getInteger("caravan.octets.messages", 24);
    private static final int LARGEST = Integer.getInteger("caravan.octets.largest", 1_500_000);
    private static final String HEADER = "Subject: x\r\nContent-Transfer-Encoding: binary\r\n\r\n";

    private static FakeMailServer peer;
    private static TestServer node;

    private final Random random = new Random(11);

    @Test
    void areTheSameByEachCommand() throws Exception {
        for (int i = 0; i < MESSAGES; i++) {
            int size = i == 0 ? 0 : (int) Math.min(LARGEST, Math.pow(LARGEST, (double) i / (MESSAGES - 1)));
            String lines = lines(size);
            assertEquals(lines, sent("<d@far.test>", "BODY=8BITMIME", lines, false), "DATA, " + size);
            assertEquals(lines, sent("<c@far.test>", "BODY=8BITMIME", lines, true), "BDAT, " + size);
            assertEquals(lines, sent("<b@far.test>", "BODY=BINARYMIME", lines, true), "BINARYMIME, " + size);
            String binary = binary(size);
            assertEquals(binary, sent("<b@far.test>", "BODY=BINARYMIME", binary, true), "binary, " + size);
            peer.clear();
        }
        node.awaitQuiet();
        assertEquals(List.of(), node.spool());
    }

    /** What the other server got after the field that this one adds. */
    private String sent(String to, String body, String content, boolean byChunks) throws Exception {
        int before = peer.taken().size();
        try (SmtpTestClient client = new SmtpTestClient(node.smtp())) {
            client.say("EHLO client.test");
            String reply = byChunks
                    ? byChunks(client, to, body, content)
                    : client.send("<alice@local.test> " + body, List.of(to), content);
            assertTrue(reply.startsWith("250 "), reply);
        }
        Await.until("taken", () -> peer.taken().size() == before + 1);
        FakeMailHost.Taken taken = peer.taken().get(before);
        assertEquals("MAIL FROM:<alice@local.test> " + body, taken.mail());
        int field = taken.content().indexOf("\r\n" + HEADER) + 2;
        assertTrue(
                field > 1,
                taken.content().substring(0, Math.min(500, taken.content().length())));
        return taken.content().substring(field);
    }

    private String byChunks(SmtpTestClient client, String to, String body, String content) throws IOException {
        assertTrue(client.say("MAIL FROM:<alice@local.test> " + body).startsWith("250 "));
        assertTrue(client.say("RCPT TO:" + to).startsWith("250 "));
        int at = 0;
        String reply = "";
        while (at < content.length()) {
            int length = Math.min(content.length() - at, 1 + random.nextInt(200_000));
            client.raw("BDAT " + length + "\r\n" + content.substring(at, at + length));
            at += length;
            reply = client.reply();
            assertTrue(reply.startsWith("250 "), reply);
        }
        return client.say("BDAT 0 LAST");
    }

    private String lines(int size) {
        StringBuilder text = new StringBuilder(size + 80).append(HEADER);
        while (text.length() - HEADER.length() < size) {
            int length = random.nextInt(76);
            for (int i = 0; i < length; i++) {
                text.append(i == 0 && random.nextBoolean() ? '.' : (char) (' ' + random.nextInt(224)));
            }
            text.append("\r\n");
        }
        return text.toString();
    }

    private String binary(int size) {
        byte[] octets = new byte[size];
        random.nextBytes(octets);
        return HEADER + new String(octets, StandardCharsets.ISO_8859_1);
    }
}
