package dev.caravan.http;

import dev.caravan.net.Networks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets in who comes from a network of ours or has a token, and nobody that acts for a web page: a browser on a trusted
 * machine would carry mail for whoever's page it shows.
 */
public final class HttpAccess implements Processor {
    /** A token is not to be guessed. */
    static final int LEAST_TOKEN = 16;

    private static final Logger LOG = LoggerFactory.getLogger(HttpAccess.class);
    private static final long MAX_FILE = 1 << 20;
    private static final String BEARER = "Bearer ";

    private final Networks networks;
    private final Optional<Path> tokens;

    /** @param tokens a file with a token a line, read at each request that has one; empty if there are none. */
    public HttpAccess(Networks networks, Optional<Path> tokens) {
        this.networks = networks;
        this.tokens = tokens;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        Optional<HttpResponse> refusal = refusal(exchange.getMessage().getBody(HttpRequest.class));
        if (refusal.isPresent()) {
            exchange.getMessage().setBody(refusal.get());
            exchange.setRouteStop(true);
        }
    }

    /** Why a request is not answered; empty if it may be. */
    public Optional<HttpResponse> refusal(HttpRequest request) throws IOException {
        if (request.header("Origin").isPresent()) {
            return Optional.of(HttpResponse.refusal(403, "a web page (expected: a program)"));
        }
        if (networks.contains(request.remote()) || hasToken(request)) {
            return Optional.empty();
        }
        HttpResponse refusal =
                HttpResponse.refusal(401, "who are you? (expected: a token, or a client in http.networks)");
        return Optional.of(refusal.with("WWW-Authenticate", "Bearer"));
    }

    private boolean hasToken(HttpRequest request) throws IOException {
        Optional<byte[]> given = request.header("Authorization")
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8));
        if (given.isEmpty() || tokens.isEmpty()) {
            return false;
        }
        if (Files.size(tokens.get()) > MAX_FILE) {
            throw new IOException(tokens.get() + " is larger than " + MAX_FILE + " octets");
        }
        boolean known = false;
        for (String line : Files.readAllLines(tokens.get())) {
            String token = line.strip();
            if (token.isEmpty() || token.startsWith("#")) {
                continue;
            }
            if (token.length() < LEAST_TOKEN) {
                LOG.warn(
                        "{} has a token of less than {} characters, which counts for nothing",
                        tokens.get(),
                        LEAST_TOKEN);
                continue;
            }
            // Takes the same time however much of it is right.
            known |= MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), given.get());
        }
        return known;
    }
}
