package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An address of an HTTP endpoint arrives as it was written, and is shown to nobody. */
class HttpAddressTest {
    private final List<String> targets = Collections.synchronizedList(new ArrayList<>());
    private final List<String> authorizations = Collections.synchronizedList(new ArrayList<>());
    private final List<String> methods = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private DefaultCamelContext camel;
    private volatile int code = 200;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.createContext("/", exchange -> {
            methods.add(exchange.getRequestMethod());
            targets.add(exchange.getRequestURI().toString());
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.sendResponseHeaders(code, -1);
            exchange.close();
        });
        server.start();
        camel = new DefaultCamelContext();
        camel.addComponent("http", HttpEndpoints.create());
        camel.start();
    }

    @AfterEach
    void stop() throws Exception {
        camel.close();
        server.stop(0);
    }

    @Test
    void arrivesOctetByOctet() throws Exception {
        for (String target : List.of(
                "/ask?sig=abc%2Bdef%2Fghi%3D&sv=2020-08-04",
                "/ask?q=100%25&r=a%26b%3Dc",
                "/ask%20a%2Fb%2Bc/x",
                "/ask?a=1&a=2&b&c=&=d&e=+x",
                "/ask?z=1&a=2",
                "/ask?t=%7B%22a%22%3A1%7D&u=a;b:c@d/e?f",
                "/a//b/../c?x=%e4",
                "/ask?",
                "/hook/T0/B0/s3cr3t~_-.!$'()*,;")) {
            send(target, "");
            assertEquals(target, targets.get(targets.size() - 1));
        }
    }

    @Test
    void camelsOptionsDoNotArrive() throws Exception {
        send("/ask?sig=a%2Bb", "&httpMethod=PUT&responseTimeout=5000&skipRequestHeaders=true");
        send("/ask", "?httpMethod=PUT&userAgent=a%20b");
        assertEquals(List.of("/ask?sig=a%2Bb", "/ask"), targets);
        assertEquals(List.of("PUT", "PUT"), methods);
    }

    @Test
    void anAddressWithoutPathHasASlash() throws Exception {
        send("", "");
        send("?a=b", "");
        assertEquals(List.of("/", "/?a=b"), targets);
    }

    @Test
    void whatMayNotStandInARequestIsEncoded() throws Exception {
        send("/größe?q=100% a", "");
        assertEquals(List.of("/gr%C3%B6%C3%9Fe?q=100%25%20a"), targets);
        send("/ask?t=RAW(a+b%2B)", "");
        assertEquals("/ask?t=a%2Bb%252B", targets.get(1));
    }

    @Test
    void whatStandsBeforeTheHostIsAPassword() throws Exception {
        for (String[] pair : new String[][] {
            {"user:p%40s%2Bs", "user:p@s+s"}, {"user:a+b", "user:a+b"}, {"user", "user:"}, {"m%C3%BC:x:y", "mü:x:y"}
        }) {
            try (ProducerTemplate template = camel.createProducerTemplate()) {
                template.requestBody("http://" + pair[0] + "@" + place() + "/ask", "x");
            }
            String expected =
                    Base64.getEncoder().encodeToString(pair[1].getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertEquals("Basic " + expected, authorizations.get(authorizations.size() - 1));
        }
    }

    @Test
    void aStepMayAddToPathAndQuery() throws Exception {
        Exchange exchange =
                camel.getEndpoint("http://" + place() + "/a%2Fb?sig=x%2By").createExchange();
        exchange.getMessage().setHeader(Exchange.HTTP_PATH, "more");
        try (ProducerTemplate template = camel.createProducerTemplate()) {
            template.send(exchange.getFromEndpoint(), exchange);
            Exchange other = exchange.getFromEndpoint().createExchange();
            other.getMessage().setHeader(Exchange.HTTP_QUERY, "other=1");
            template.send(other.getFromEndpoint(), other);
        }
        assertEquals(List.of("/a%2Fb/more?sig=x%2By", "/a%2Fb?other=1"), targets);
    }

    @Test
    void addressesThatDifferInTheirSecretsAreDifferentEndpoints() throws Exception {
        assertTrue(!camel.getEndpoint("http://" + place() + "/a?sig=1")
                .equals(camel.getEndpoint("http://" + place() + "/a?sig=2")));
    }

    @Test
    void noExceptionShowsIt() throws Exception {
        code = 503;
        Exchange exchange = camel.getEndpoint("http://me:pass@" + place() + "/path-token?sig=query-token")
                .createExchange();
        try (ProducerTemplate template = camel.createProducerTemplate()) {
            template.send(exchange.getFromEndpoint(), exchange);
        }
        HttpOperationFailedException thrown = exchange.getException(HttpOperationFailedException.class);
        assertEquals(503, thrown.getStatusCode());
        String shown = thrown + " " + thrown.getUri() + " " + exchange.getFromEndpoint() + " "
                + exchange.getProperty(Exchange.TO_ENDPOINT);
        assertTrue(!shown.contains("token") && !shown.contains("pass"), shown);
    }

    @Test
    void refusesAnAddressWithoutHostAndDoesNotShowIt() {
        IllegalArgumentException thrown = assertThrows(
                IllegalArgumentException.class, () -> HttpAddress.of("http:///token?sig=token", name -> false));
        assertTrue(!String.valueOf(thrown.getMessage()).contains("token"), thrown.getMessage());
        assertEquals(
                Optional.of("a=1"),
                HttpAddress.of("http://h/p?a=1#part", name -> false).query());
    }

    private String place() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private void send(String target, String options) throws Exception {
        try (ProducerTemplate template = camel.createProducerTemplate()) {
            template.requestBody("http://" + place() + target + options, "x");
        }
    }
}
