package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The recipe mail-to-json, as it is shipped and with attachments as files. */
@RunningServer(started = false)
class MailToJsonTest {
    private static final String MAIL = "From: =?UTF-8?Q?J=C3=BCrgen?= <j@far.test>\r\nTo: new@tickets.test\r\n"
            + "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nitemId: evil\r\nMIME-Version: 1.0\r\n"
            + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nWhich size?\r\n"
            + "--b\r\nContent-Type: text/csv; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
            + "Content-Disposition: attachment; filename*=utf-8''..%%2Fgr%%C3%%B6%%C3%%9Fe.csv\r\n\r\n%s\r\n--b--\r\n";

    private final FakeDns dns = new FakeDns();
    private HttpSink sink;
    private TestServer node;

    @BeforeStart
    void prepare() throws Exception {
        sink = new HttpSink();
        RecipeHome.with(node.folder(), "mail-to-json");
        RecipeHome.send(node.folder(), "tickets.test", "tickets");
        node.set("tickets.url", sink.url());
    }

    @AfterEach
    void stop() {
        sink.close();
    }

    private JsonNode posted(String mail) throws Exception {
        node.start();
        node.send("<alice@local.test>", List.of("<new@tickets.test>"), mail);
        Await.until("it is posted", () -> sink.taken().size() == 1);
        node.awaitQuiet();
        HttpSink.Taken taken = sink.taken().get(0);
        assertEquals("application/json", taken.header("Content-Type"));
        JsonNode json = new ObjectMapper().readTree(taken.body().getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(json.path("itemId").asText(), taken.header("Idempotency-Key"));
        return json;
    }

    @Test
    void postsWhatAMailSays() throws Exception {
        JsonNode json = posted(MAIL.formatted("w6Q7w7YK"));
        assertEquals("alice@local.test", json.path("sender").asText());
        assertEquals("new@tickets.test", json.path("recipients").path(0).asText());
        assertEquals("Grüße", json.path("subject").asText());
        assertEquals("Jürgen <j@far.test>", json.path("from").asText());
        assertEquals("Which size?", json.path("text").asText());
        JsonNode attachment = json.path("attachments").path(0);
        assertEquals("größe.csv", attachment.path("name").asText());
        assertEquals("ä;ö\n", new String(attachment.path("content").binaryValue(), StandardCharsets.UTF_8));
        assertTrue(json.path("incomplete").isMissingNode(), json.toString());
    }

    @Test
    void leavesOutWhatIsTooLargeForADocument() throws Exception {
        JsonNode json = posted(MAIL.formatted(("QUFB".repeat(18) + "\r\n").repeat(100_000)));
        JsonNode attachment = json.path("attachments").path(0);
        assertEquals(5_400_000, attachment.path("size").asInt());
        assertTrue(attachment.path("content").isMissingNode());
        assertTrue(attachment.path("omitted").asText().startsWith("attachments of more than"), json.toString());
    }

    @Test
    void writesAttachmentsIntoFiles() throws Exception {
        Path recipe = node.folder().resolve("routes/mail-to-json.camel.yaml");
        Files.writeString(
                recipe, Files.readString(recipe).replace("method: json", "method: \"jsonAndFiles('files')\""));
        JsonNode json = posted(MAIL.formatted("w6Q7w7YK"));
        String file = json.path("attachments").path(0).path("file").asText();
        assertEquals(json.path("itemId").asText() + "/1-gr__e.csv", file);
        assertEquals("ä;ö\n", Files.readString(node.folder().resolve("files").resolve(file)));
        try (Stream<Path> files =
                Files.list(node.folder().resolve("files").resolve(file).getParent())) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void letsARuleAskWhatAMailSays() throws Exception {
        Path policy = node.folder().resolve("routes/policy.camel.yaml");
        String rule = """
                        - filter:
                            simple: "${bean:mailParts?method=attachmentNames} regex '(?si).*[.](exe|csv)(\\\\n.*)?'"
                            steps:
                              - bean: { ref: rule, method: "refuse('5.7.1', 'no programs, please')" }
                """;
        String text = Files.readString(policy);
        // The file ends with the steps of check-mail.
        assertTrue(text.endsWith("is whole\"\n            loggingLevel: DEBUG\n"));
        Files.writeString(policy, text + rule.indent(0));
        node.start();
        for (String name : List.of("csv", "pdf")) {
            String mail = MAIL.formatted("w6Q7w7YK").replace("csv", name);
            String reply = node.trySend("<alice@local.test>", List.of("<bob@local.test>"), mail);
            assertTrue(reply.startsWith(name.equals("csv") ? "550 5.7.1 no programs" : "250"), reply);
        }
    }
}
