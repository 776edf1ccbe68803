package dev.caravan.http;

import dev.caravan.net.Networks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets clients in {@code http.networks} and clients with a token submit and monitor. Gives no role to requests with an
 * {@code Origin} field even then: otherwise any web page open in a browser on a trusted machine could send mail.
 */
public final class NetworkAuthenticator implements Authenticator {
    /** The minimum length of a token in characters, so that it cannot be guessed. */
    static final int MIN_TOKEN = 16;

    private static final Logger LOG = LoggerFactory.getLogger(NetworkAuthenticator.class);
    private static final long MAX_FILE = 1 << 20;
    private static final Set<HttpRole> TRUSTED = Set.of(HttpRole.MONITOR, HttpRole.SUBMIT);

    private final Networks networks;
    private final Optional<Path> tokens;

    /**
     * @param tokens a file with one token per line, read at each request that has a token; empty if there are no
     *     tokens.
     */
    public NetworkAuthenticator(Networks networks, Optional<Path> tokens) {
        this.networks = networks;
        this.tokens = tokens;
    }

    @Override
    public Set<HttpRole> roles(HttpRequest request) throws IOException {
        boolean isTrusted = !isOfWebPage(request) && (networks.contains(request.remote()) || hasToken(request));
        return isTrusted ? TRUSTED : Set.of();
    }

    @Override
    public HttpResponse refusal(HttpRequest request) {
        return isOfWebPage(request)
                ? HttpResponse.refusal(403, "a web page (expected: a program)")
                : HttpResponse.refusal(401, "who are you? (expected: a token, or a client in http.networks)")
                        .with("WWW-Authenticate", "Bearer");
    }

    private static boolean isOfWebPage(HttpRequest request) {
        return request.header("Origin").isPresent();
    }

    private boolean hasToken(HttpRequest request) throws IOException {
        Optional<BearerToken> given = BearerToken.of(request);
        if (given.isEmpty() || tokens.isEmpty()) {
            return false;
        }
        if (Files.size(tokens.get()) > MAX_FILE) {
            throw new IOException(tokens.get() + " is larger than " + MAX_FILE + " octets");
        }
        boolean isKnown = false;
        for (String line : Files.readAllLines(tokens.get())) {
            String token = line.strip();
            if (token.isEmpty() || token.startsWith("#")) {
                continue;
            }
            if (token.length() < MIN_TOKEN) {
                LOG.warn("{} has a token of less than {} characters, which is ignored", tokens.get(), MIN_TOKEN);
                continue;
            }
            // No early exit: the time must not tell which token matched.
            isKnown |= given.get().is(token);
        }
        return isKnown;
    }
}
