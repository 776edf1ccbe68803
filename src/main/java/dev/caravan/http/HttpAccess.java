package dev.caravan.http;

import dev.caravan.net.Networks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits clients in {@code http.networks} and clients with a token. Refuses requests with an {@code Origin} field even
 * then: otherwise any web page open in a browser on a trusted machine could send mail.
 */
public final class HttpAccess implements Processor {
    /** The minimum length of a token in characters, so that it cannot be guessed. */
    static final int LEAST_TOKEN = 16;

    private static final Logger LOG = LoggerFactory.getLogger(HttpAccess.class);
    private static final long MAX_FILE = 1 << 20;
    private static final String BEARER = "Bearer ";

    private final Networks networks;
    private final Optional<Path> tokens;

    /**
     * @param tokens a file with one token per line, read at each request that has a token; empty if there are no
     *     tokens.
     */
    public HttpAccess(Networks networks, Optional<Path> tokens) {
        this.networks = networks;
        this.tokens = tokens;
    }

    @Override
    public void process(Exchange exchange) throws InvalidPayloadException, IOException {
        Optional<HttpResponse> refusal = refusal(exchange.getMessage().getMandatoryBody(HttpRequest.class));
        if (refusal.isPresent()) {
            exchange.getMessage().setBody(refusal.get());
            exchange.setRouteStop(true);
        }
    }

    /** The response that refuses a request; empty if the request is admitted. */
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
                LOG.warn("{} has a token of less than {} characters, which is ignored", tokens.get(), LEAST_TOKEN);
                continue;
            }
            // Takes constant time, whatever part of the token matches.
            known |= MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), given.get());
        }
        return known;
    }
}
