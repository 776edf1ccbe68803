package dev.caravan.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * A certification authority that speaks ACME (RFC 8555, RFC 9773) without TLS: it checks signatures and nonces, looks at
 * the challenges, and issues certificates.
 */
final class FakeAuthority implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Base64.Encoder URL64 = Base64.getUrlEncoder().withoutPadding();

    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Clock clock;
    private final KeyPair issuer = KeyType.P256.generate();
    private final Set<String> nonces = ConcurrentHashMap.newKeySet();
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<String, PublicKey> accounts = new ConcurrentHashMap<>();
    private final Map<String, String> thumbprints = new ConcurrentHashMap<>();
    private final Map<String, Order> orders = new ConcurrentHashMap<>();
    /** What was done, such as {@code order mx.example.org}. */
    final List<String> log = new CopyOnWriteArrayList<>();
    /** Where http-01 answers are asked for; dns-01 is offered if there is no port. */
    volatile int httpPort;
    /** The TXT values that a dns-01 challenge must have one of. */
    volatile List<String> txt = List.of();

    volatile Duration life = Duration.ofDays(90);
    /** If set, the answer to a new order. */
    volatile Optional<Refusal> refusal = Optional.empty();
    /** If set, the renewal window that it suggests. */
    volatile Optional<Instant[]> window = Optional.empty();
    /** How many polls a certificate takes. */
    volatile int processing;
    /** Names in certificates in the place of those that were ordered. */
    volatile Optional<List<String>> otherNames = Optional.empty();

    volatile boolean wantsExternalAccount;

    /** A refusal: HTTP status, type of the problem, seconds for Retry-After (0 for none). */
    record Refusal(int status, String type, int retryAfter) {}

    private static final class Order {
        private final String account;
        private final List<String> names;
        private volatile String status = "pending";
        private volatile String check = "pending";
        private volatile String detail = "";
        private final AtomicInteger polls = new AtomicInteger();
        private volatile String chain = "";

        Order(String account, List<String> names) {
            this.account = account;
            this.names = names;
        }
    }

    FakeAuthority(Clock clock) throws Exception {
        this.clock = clock;
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try {
                serve(exchange);
            } catch (Exception | AssertionError e) {
                problem(exchange, 500, "serverInternal", e.toString());
            } finally {
                exchange.close();
            }
        });
        server.start();
    }

    String directory() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/directory";
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private void serve(HttpExchange exchange) throws Exception {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/directory")) {
            String meta = wantsExternalAccount ? "{\"externalAccountRequired\":true}" : "{}";
            String ari = window.isPresent() ? ",\"renewalInfo\":\"" + url("/ari") + "\"" : "";
            json(
                    exchange,
                    200,
                    "{\"newNonce\":\"" + url("/nonce") + "\",\"newAccount\":\"" + url("/new-account")
                            + "\",\"newOrder\":\"" + url("/new-order") + "\",\"meta\":" + meta + ari + "}");
        } else if (path.equals("/nonce")) {
            exchange.getResponseHeaders().set("Replay-Nonce", nonce());
            exchange.sendResponseHeaders(200, -1);
        } else if (path.startsWith("/ari/")) {
            Instant[] suggested = window.orElseThrow();
            exchange.getResponseHeaders().set("Retry-After", "21600");
            json(
                    exchange,
                    200,
                    "{\"suggestedWindow\":{\"start\":\"" + suggested[0] + "\",\"end\":\"" + suggested[1] + "\"}}");
        } else {
            signed(exchange, path);
        }
    }

    private String nonce() {
        String nonce = "n" + numbers.incrementAndGet();
        nonces.add(nonce);
        return nonce;
    }

    private void signed(HttpExchange exchange, String path) throws Exception {
        JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
        JsonNode head = JSON.readTree(decoded(body.get("protected").asText()));
        if (!nonces.remove(head.get("nonce").asText())) {
            problem(exchange, 400, "badNonce", "nonce");
            return;
        }
        expect(head.get("url").asText().equals(url(path)), "url");
        PublicKey key;
        String account;
        if (head.has("jwk")) {
            JsonNode jwk = head.get("jwk");
            key = publicKey(jwk);
            String thumbprint = thumbprint(jwk);
            account = accounts.containsKey(url("/account/" + thumbprint)) ? url("/account/" + thumbprint) : "";
            if (account.isEmpty() && path.equals("/new-account")) {
                account = url("/account/" + thumbprint);
                thumbprints.put(account, thumbprint);
            }
        } else {
            account = head.get("kid").asText();
            if (!accounts.containsKey(account)) {
                problem(exchange, 400, "accountDoesNotExist", "no such account");
                return;
            }
            key = accounts.get(account);
        }
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(key);
        signature.update(
                (body.get("protected").asText() + "." + body.get("payload").asText())
                        .getBytes(StandardCharsets.US_ASCII));
        expect(signature.verify(decoded(body.get("signature").asText())), "signature");
        byte[] payload = decoded(body.get("payload").asText());
        answer(exchange, path, account, key, payload.length == 0 ? JSON.createObjectNode() : JSON.readTree(payload));
    }

    private void answer(HttpExchange exchange, String path, String account, PublicKey key, JsonNode payload)
            throws Exception {
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (path.equals("/new-account")) {
            expect(payload.path("termsOfServiceAgreed").asBoolean(), "terms");
            boolean isNew = accounts.putIfAbsent(account, key) == null;
            if (isNew) {
                log.add("account " + payload.path("contact") + (payload.has("externalAccountBinding") ? " bound" : ""));
            }
            exchange.getResponseHeaders().set("Location", account);
            json(exchange, isNew ? 201 : 200, "{\"status\":\"valid\"}");
        } else if (path.equals("/new-order")) {
            newOrder(exchange, account, payload);
        } else if (path.startsWith("/order/")) {
            Order order = orders.get(id);
            if (order.status.equals("processing") && order.polls.incrementAndGet() > processing) {
                order.status = "valid";
            }
            json(exchange, 200, text(id, order));
        } else if (path.startsWith("/authz/")) {
            int dash = id.indexOf('-');
            Order order = orders.get(id.substring(0, dash));
            json(exchange, 200, authorization(id, order, Integer.parseInt(id.substring(dash + 1))));
        } else if (path.startsWith("/challenge/")) {
            challenge(exchange, id, payload);
        } else if (path.startsWith("/finalize/")) {
            finish(orders.get(id), payload);
            exchange.getResponseHeaders().set("Location", url("/order/" + id));
            json(exchange, 200, text(id, orders.get(id)));
        } else if (path.startsWith("/certificate/")) {
            log.add("download");
            respond(exchange, 200, "application/pem-certificate-chain", orders.get(id).chain);
        } else {
            problem(exchange, 404, "malformed", path);
        }
    }

    private void newOrder(HttpExchange exchange, String account, JsonNode payload) throws Exception {
        List<String> names = new ArrayList<>();
        payload.get("identifiers").forEach(one -> names.add(one.get("value").asText()));
        log.add("order " + String.join(",", names) + (payload.has("replaces") ? " replaces" : ""));
        if (refusal.isPresent()) {
            Refusal refused = refusal.get();
            if (refused.retryAfter() > 0) {
                exchange.getResponseHeaders().set("Retry-After", Integer.toString(refused.retryAfter()));
            }
            problem(exchange, refused.status(), refused.type(), "refused\r\nas told");
            return;
        }
        String id = Integer.toString(numbers.incrementAndGet());
        orders.put(id, new Order(account, names));
        exchange.getResponseHeaders().set("Location", url("/order/" + id));
        json(exchange, 201, text(id, orders.get(id)));
    }

    private String text(String id, Order order) {
        StringBuilder authorizations = new StringBuilder();
        StringBuilder identifiers = new StringBuilder();
        for (int i = 0; i < order.names.size(); i++) {
            String comma = i == 0 ? "" : ",";
            authorizations
                    .append(comma)
                    .append('"')
                    .append(url("/authz/" + id + "-" + i))
                    .append('"');
            identifiers
                    .append(comma)
                    .append("{\"type\":\"dns\",\"value\":\"")
                    .append(order.names.get(i))
                    .append("\"}");
        }
        return "{\"status\":\"" + order.status + "\",\"identifiers\":[" + identifiers + "],\"authorizations\":["
                + authorizations + "],\"finalize\":\"" + url("/finalize/" + id) + "\""
                + (order.status.equals("valid") ? ",\"certificate\":\"" + url("/certificate/" + id) + "\"" : "") + "}";
    }

    private String authorization(String id, Order order, int index) {
        return "{\"status\":\"" + order.check + "\",\"identifier\":{\"type\":\"dns\",\"value\":\""
                + order.names.get(index) + "\"},\"challenges\":[" + challengeText(id, order) + "]}";
    }

    private String challengeText(String id, Order order) {
        String error = order.detail.isEmpty()
                ? ""
                : ",\"error\":{\"type\":\"urn:ietf:params:acme:error:unauthorized\",\"detail\":\"" + order.detail
                        + "\"}";
        return "{\"type\":\"" + (httpPort > 0 ? "http-01" : "dns-01") + "\",\"url\":\"" + url("/challenge/" + id)
                + "\",\"token\":\"token-" + id + "\",\"status\":\"" + order.check + "\"" + error + "}";
    }

    private void challenge(HttpExchange exchange, String id, JsonNode payload) throws Exception {
        Order order = orders.get(id.substring(0, id.indexOf('-')));
        if (order.check.equals("pending")) {
            String expected = "token-" + id + "." + thumbprints.get(order.account);
            String found = httpPort > 0 ? byHttp(id) : "";
            boolean isShown = httpPort > 0
                    ? found.equals(expected)
                    : txt.contains(URL64.encodeToString(
                            MessageDigest.getInstance("SHA-256").digest(expected.getBytes(StandardCharsets.US_ASCII))));
            // The first name that fails settles it; the last that passes does.
            int last = order.names.size() - 1;
            if (!isShown) {
                order.check = "invalid";
                order.status = "invalid";
                order.detail = "no answer for " + order.names.get(0);
            } else if (id.endsWith("-" + last)) {
                order.check = "valid";
                order.status = "ready";
            }
            log.add("check " + isShown);
        }
        json(exchange, 200, challengeText(id, order));
    }

    private String byHttp(String id) throws Exception {
        HttpResponse<String> response;
        try {
            response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(
                                            "http://127.0.0.1:" + httpPort + "/.well-known/acme-challenge/token-" + id))
                                    .timeout(Duration.ofSeconds(10))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        } catch (ConnectException e) {
            return "";
        }
        return response.statusCode() == 200 ? response.body() : "";
    }

    private void finish(Order order, JsonNode payload) throws Exception {
        expect(order.status.equals("ready"), "status " + order.status);
        JcaPKCS10CertificationRequest request =
                new JcaPKCS10CertificationRequest(decoded(payload.get("csr").asText()));
        order.chain = Pem.of(List.of(issue(request.getPublicKey(), otherNames.orElse(order.names))));
        order.status = "processing";
        log.add("issue");
    }

    /** A certificate of this authority. */
    X509Certificate issue(PublicKey key, List<String> names) throws Exception {
        Instant from = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=Fake authority"),
                BigInteger.valueOf(1000 + numbers.incrementAndGet()),
                Date.from(from),
                Date.from(from.plus(life)),
                new X500Name("CN=" + names.get(0)),
                key);
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(names.stream()
                        .map(name -> new GeneralName(GeneralName.dNSName, name))
                        .toArray(GeneralName[]::new)));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer.getPublic()));
        ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    /** How many times something was done. */
    long count(String what) {
        return log.stream().filter(line -> line.startsWith(what)).count();
    }

    private void json(HttpExchange exchange, int status, String text) throws IOException {
        respond(exchange, status, "application/json", text);
    }

    private void problem(HttpExchange exchange, int status, String type, String detail) throws IOException {
        respond(
                exchange,
                status,
                "application/problem+json",
                JSON.createObjectNode()
                        .put("type", "urn:ietf:params:acme:error:" + type)
                        .put("detail", detail)
                        .toString());
    }

    private void respond(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Replay-Nonce", nonce());
        exchange.sendResponseHeaders(status, octets.length);
        exchange.getResponseBody().write(octets);
    }

    private static PublicKey publicKey(JsonNode jwk) throws Exception {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        ECPoint point = new ECPoint(
                new BigInteger(1, decoded(jwk.get("x").asText())),
                new BigInteger(1, decoded(jwk.get("y").asText())));
        return KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class)));
    }

    /** RFC 7638 §3. */
    private static String thumbprint(JsonNode jwk) throws Exception {
        String text = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""
                + jwk.get("x").asText() + "\",\"y\":\"" + jwk.get("y").asText() + "\"}";
        return URL64.encodeToString(
                MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] decoded(String text) {
        return Base64.getUrlDecoder().decode(text);
    }

    private static void expect(boolean claim, String what) {
        if (!claim) {
            throw new AssertionError(what);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
