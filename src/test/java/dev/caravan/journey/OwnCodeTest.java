package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.caravan.camel.HeaderAllowList;
import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ServerHome;
import dev.caravan.exchange.Decisions;
import dev.caravan.receive.AcceptMail;
import dev.caravan.receive.PolicyReplies;
import dev.caravan.server.ServerSettings;
import dev.caravan.steps.Rule;
import dev.caravan.steps.RuleClock;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import jakarta.jms.BytesMessage;
import jakarta.jms.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java classes of the operator's, and JMS properties that routes of his let pass. */
@Tag("server")
class OwnCodeTest {
    @TempDir
    Path folder;

    /** A bean as an operator writes it. */
    public static final class Mine {
        private String answer = "";
        private String sender = "nobody";

        public void setAnswer(String text) {
            answer = text;
        }

        public void setHops(int hops) {
            answer += " " + hops;
        }

        public void setClock(RuleClock clock) {
            sender = clock == null ? "nobody" : "x@";
        }

        public void check(Exchange exchange) {
            if (exchange.getMessage().getHeader("sender", "", String.class).startsWith(sender)) {
                new Rule(Decisions.NONE).refuse("5.7.1", answer, exchange);
            }
        }
    }

    @Test
    void aBeanOfTheOperatorsAnswers() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.write("mine", """
                - beans:
                    - name: mine
                      type: "#class:%s"
                      properties:
                        answer: not from x
                        hops: "{{mail.max-hops}}"
                        clock: "#bean:clock"
                """.formatted(Mine.class.getName()));
        routes.write(
                "policy",
                Files.readString(routes.file("policy"))
                        + "        - bean: { ref: mine, method: check }\n"
                        + "        - bean: { beanType: " + Mine.class.getName() + ", method: check }\n");
        assertEquals(
                List.of(),
                ConfigurationCheck.ofRoutes(
                                new ServerHome(folder, Path.of("").toAbsolutePath()),
                                ServerSettings.load(
                                        new ServerHome(folder, Path.of("").toAbsolutePath()), Map.of(), Map.of()))
                        .problems());
        try (TestServer node = new TestServer(folder).start()) {
            assertEquals(
                    "550 5.7.1 not from x 30",
                    SmtpTestClient.sendOne(
                            node.smtp(), "<x@far.test>", "<alice@local.test>", "Subject: x\r\n\r\nx\r\n"));
            assertTrue(
                    SmtpTestClient.sendOne(node.smtp(), "<y@far.test>", "<alice@local.test>", "Subject: x\r\n\r\nx\r\n")
                            .startsWith("250"));
        }
    }

    @Test
    void theLogNamesTheStepOfARuleThatFails() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        String built = "        - process:\n            ref: recipientCheck\n";
        routes.edit("policy", built, """
                        - filter:
                            simple: "${header.sender} == 'x@far.test'"
                            steps:
                              - throwException:
                                  id: broken-rule
                                  exceptionType: java.lang.IllegalStateException
                                  message: a mistake
                """ + built);
        int line = routes.lineOf("policy", "throwException");
        try (TestServer node = new TestServer(folder).start();
                LoggedLines log = new LoggedLines();
                SmtpTestClient client = new SmtpTestClient(node.smtp())) {
            client.say("EHLO client.test");
            client.say("MAIL FROM:<x@far.test>");
            String reply = client.say("RCPT TO:<alice@local.test>");
            assertTrue(reply.startsWith("451 4.3.0"), reply);
            List<String> errors = log.of(PolicyReplies.class, Level.ERROR);
            assertEquals(1, errors.size());
            String error = errors.get(0);
            assertTrue(
                    error.startsWith("a receiving route failed; the client gets 451: check-recipient@policy.camel.yaml:"
                            + line + ", step broken-rule, stage recipient, session "),
                    error);
        }
    }

    @Test
    void jarsAndClassesOfAHomeAreBehindThoseOfTheProgram() throws Exception {
        Path program = Files.createDirectories(folder.resolve("program"));
        Files.createDirectory(program.resolve("lib"));
        Path launcher = Files.copy(Path.of("caravan"), program.resolve("caravan"));
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\nfor a do echo \"$a\"; done\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
        Path home = Files.createDirectories(folder.resolve("home"));
        String without = classPath(launcher, home);
        Files.createDirectory(home.resolve("lib"));
        assertEquals(without + ":" + home.resolve("lib") + "/*:" + home.resolve("lib"), classPath(launcher, home));
    }

    private String classPath(Path launcher, Path home) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", launcher.toString(), "run", "--home", home.toString());
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        Process process = builder.redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertEquals(0, process.waitFor(), lines.toString());
        return lines.get(lines.indexOf("-cp") + 1);
    }

    @Test
    void onlyWhatIsNamedPassesBetweenAQueueAndARoute() throws Exception {
        new OwnRoutes(folder).write("mine", """
                - route:
                    id: mine
                    from:
                      uri: mailqueue:in.orders
                      parameters:
                        mapJmsMessage: true
                        passHeaders: tenant
                      steps:
                        - setHeader: { name: colour, simple: "for ${header.tenant}${header.evil}" }
                        - setHeader: { name: secret, constant: x }
                        - setHeader: { name: JMSCorrelationID, constant: c1 }
                        - setHeader: { name: JMSType, constant: t1 }
                        - to:
                            uri: mailqueue:out.orders
                            parameters:
                              passHeaders: "tenant, colour"
                """);
        try (TestServer node = new TestServer(folder).start();
                JmsProbe talk = new JmsProbe()) {
            talk.putOctets("in.orders", new byte[] {'x'}, Map.of("tenant", "a", "evil", "b"));
            Await.until("it passed", () -> node.hasQueue("out.orders") && node.depth("out.orders") == 1);
            Message message = talk.browse("out.orders").get(0);
            assertEquals("a", message.getStringProperty("tenant"));
            assertEquals("for a", message.getStringProperty("colour"));
            assertEquals("c1", message.getJMSCorrelationID());
            assertEquals("t1", message.getJMSType());
            assertTrue(!message.propertyExists("evil") && !message.propertyExists("secret"));
        }
    }

    @Test
    void aMessageThatARouteSendsOnKeepsItsBodyAndNoOtherProperties() throws Exception {
        new OwnRoutes(folder).write("mine", """
                - route:
                    id: mine
                    from:
                      uri: mailqueue:in.orders
                      steps:
                        - to: mailqueue:out.plain
                        - setHeader: { name: colour, constant: red }
                        - to:
                            uri: mailqueue:out.orders
                            parameters:
                              passHeaders: "tenant, colour"
                """);
        try (TestServer node = new TestServer(folder).start();
                JmsProbe talk = new JmsProbe()) {
            talk.putOctets("in.orders", new byte[] {'x', 'y'}, Map.of("tenant", "a", "evil", "b"));
            for (String queue : List.of("out.plain", "out.orders")) {
                Await.until("it passed", () -> node.hasQueue(queue) && node.depth(queue) == 1);
                Message message = talk.browse(queue).get(0);
                assertEquals(2, ((BytesMessage) message).getBodyLength());
                assertTrue(!message.propertyExists("evil") && !message.propertyExists("tenant"));
            }
            assertEquals("red", talk.browse("out.orders").get(0).getStringProperty("colour"));
        }
    }

    @Test
    void aBodyThatIsNoMailAnyMoreIsNamed() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(context);
            exchange.getMessage().setBody("yes");
            String message = assertThrows(IllegalStateException.class, () -> new AcceptMail().process(exchange))
                    .getMessage();
            assertTrue(message.startsWith("check-mail ended with the body java.lang.String (expected: "), message);
        }
    }

    @Test
    void nothingThatCamelTakesForAnOrderPasses() {
        for (String name : List.of("CamelHttpUri", "camelFileName", "JMSReplyTo", "a b;c", "x-y", "")) {
            assertThrows(IllegalArgumentException.class, () -> new HeaderAllowList(name), name);
        }
    }
}
