package dev.caravan.accounts;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.Secret;
import dev.caravan.net.LimitedBody;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks tokens: those that are signed (RFC 9068) with the keys of the issuer, which are fetched again at an unknown key,
 * at most once a minute; all others by asking the issuer (RFC 7662), if there is an address for that.
 */
final class OAuthIssuer implements TokenIssuer {
    private static final Logger LOG = LoggerFactory.getLogger(OAuthIssuer.class);
    private static final Duration REFRESH_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_KEPT = Duration.ofHours(1);
    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final int MAX_ANSWER = 1024 * 1024;
    private static final int MAX_QUESTIONS = 100;
    private static final int MAX_NAME = 320;

    /**
     * Whom to believe what.
     *
     * @param issuer the claim {@code iss}; empty to accept any that the keys have signed.
     * @param jwks where the keys are; empty if all tokens are introspected.
     * @param introspection where to ask; empty if all tokens are signed.
     * @param client this server's id for introspection.
     * @param password this server's password for introspection.
     * @param audience that {@code aud} must have; empty for any.
     * @param scope that {@code scope} must have; empty for any.
     * @param algorithms of signatures.
     * @param claim that has the user's name.
     */
    record Access(
            Optional<String> issuer,
            Optional<URI> jwks,
            Optional<URI> introspection,
            String client,
            Secret password,
            String audience,
            String scope,
            Set<String> algorithms,
            String claim,
            Duration timeout) {}

    private record Keys(JWKSet set, Instant at) {}

    private final Access access;
    private final HttpClient http;
    private final Clock clock;
    private final Semaphore questions = new Semaphore(MAX_QUESTIONS);
    // Guarded by this object.
    private Optional<Keys> keys = Optional.empty();
    private Optional<CompletableFuture<Keys>> fetching = Optional.empty();
    private Optional<Instant> fetchedAt = Optional.empty();

    OAuthIssuer(Access access, Clock clock) {
        this.access = access;
        this.clock = clock;
        this.http = HttpClient.newBuilder().connectTimeout(access.timeout()).build();
    }

    @Override
    public CompletionStage<LoginAnswer> check(String user, Secret token) {
        Optional<SignedJWT> signed = access.jwks().isPresent() ? signed(token) : Optional.empty();
        if (signed.isPresent()) {
            return keyed(signed.get()).thenApply(set -> verified(signed.get(), set, user));
        }
        if (access.introspection().isEmpty()) {
            return CompletableFuture.completedFuture(refused());
        }
        return introspected(access.introspection().get(), token).thenApply(claims -> {
            try {
                boolean isActive = Boolean.TRUE.equals(claims.get("active"));
                return isActive ? judged(JWTClaimsSet.parse(claims), user) : refused();
            } catch (ParseException e) {
                throw new CompletionException("the issuer's answer is malformed", e);
            }
        });
    }

    private static LoginAnswer refused() {
        return new LoginAnswer.Refused(LoginFailure.CREDENTIALS);
    }

    private static Optional<SignedJWT> signed(Secret token) {
        if (token.reveal().chars().filter(c -> c == '.').count() != 2) {
            return Optional.empty();
        }
        try {
            return Optional.of(SignedJWT.parse(token.reveal()));
        } catch (ParseException e) {
            return Optional.empty();
        }
    }

    /** The keys, fetched again if they do not have the token's. */
    private CompletionStage<JWKSet> keyed(SignedJWT token) {
        CompletableFuture<Keys> known;
        synchronized (this) {
            Instant now = clock.instant();
            boolean mayFetch = fetchedAt.isEmpty()
                    || Duration.between(fetchedAt.get(), now).abs().compareTo(REFRESH_PAUSE) >= 0;
            boolean isStale = keys.isEmpty()
                    || matching(token, keys.get().set()).isEmpty()
                    || Duration.between(keys.get().at(), now).compareTo(LONGEST_KEPT) > 0;
            if (fetching.isEmpty() && isStale && mayFetch) {
                fetchedAt = Optional.of(now);
                CompletableFuture<Keys> begun = fetched();
                fetching = Optional.of(begun);
                begun.whenComplete((got, failure) -> took(Optional.ofNullable(got)));
            }
            known = isStale && fetching.isPresent()
                    ? fetching.get()
                    : keys.map(CompletableFuture::completedFuture)
                            .orElseGet(() -> CompletableFuture.failedFuture(
                                    new IOException("the issuer's keys could not be fetched a moment ago")));
        }
        return known.handle((got, failure) -> {
            if (failure == null) {
                return got.set();
            }
            synchronized (this) {
                return keys.orElseThrow(() -> new CompletionException("the issuer's keys cannot be fetched", failure))
                        .set();
            }
        });
    }

    private synchronized void took(Optional<Keys> got) {
        fetching = Optional.empty();
        if (got.isPresent()) {
            keys = got;
        }
    }

    private CompletableFuture<Keys> fetched() {
        HttpRequest request = HttpRequest.newBuilder(access.jwks().orElseThrow())
                .timeout(access.timeout())
                .header("Accept", "application/json")
                .build();
        return http.sendAsync(request, limited()).thenApply(answer -> {
            try {
                return new Keys(JWKSet.parse(body(answer)), clock.instant());
            } catch (ParseException e) {
                throw new CompletionException("the issuer's keys are malformed", e);
            }
        });
    }

    private static HttpResponse.BodyHandler<String> limited() {
        return info -> new LimitedBody(MAX_ANSWER);
    }

    private static String body(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            throw new CompletionException(
                    new IOException("the issuer answers " + answer.statusCode() + " (expected: 200)"));
        }
        return answer.body();
    }

    private static List<JWK> matching(SignedJWT token, JWKSet set) {
        JWKMatcher matcher = JWKMatcher.forJWSHeader(token.getHeader());
        return matcher == null ? List.of() : new JWKSelector(matcher).select(set);
    }

    private LoginAnswer verified(SignedJWT token, JWKSet set, String user) {
        JWSAlgorithm algorithm = token.getHeader().getAlgorithm();
        if (!access.algorithms().contains(algorithm.getName())) {
            return refused();
        }
        try {
            for (JWK key : matching(token, set)) {
                if (key instanceof AsymmetricJWK asymmetric
                        && token.verify(verifier(token, asymmetric.toPublicKey()))) {
                    return judged(token.getJWTClaimsSet(), user);
                }
            }
        } catch (JOSEException | ParseException e) {
            LOG.debug("a token cannot be verified: {}", e.toString());
        }
        return refused();
    }

    private static JWSVerifier verifier(SignedJWT token, PublicKey key) throws JOSEException {
        return new DefaultJWSVerifierFactory().createJWSVerifier(token.getHeader(), key);
    }

    private LoginAnswer judged(JWTClaimsSet claims, String user) {
        Instant now = clock.instant();
        Date until = claims.getExpirationTime();
        Date from = claims.getNotBeforeTime();
        boolean isSigned = access.jwks().isPresent();
        if ((until == null && isSigned)
                || (until != null && !now.isBefore(until.toInstant().plus(SKEW)))) {
            return new LoginAnswer.Refused(LoginFailure.EXPIRED);
        }
        if (from != null && now.plus(SKEW).isBefore(from.toInstant())) {
            return refused();
        }
        if (access.issuer().isPresent() && !isIssuer(claims, access.issuer().get())) {
            return refused();
        }
        if (!access.audience().isEmpty() && !claims.getAudience().contains(access.audience())) {
            return refused();
        }
        if (!access.scope().isEmpty() && !scopes(claims).contains(access.scope())) {
            return refused();
        }
        Optional<String> name = Optional.ofNullable(claims.getClaim(access.claim()))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(text -> !text.isEmpty() && text.length() <= MAX_NAME);
        // An address that its owner has not proved is anyone's.
        if (name.isEmpty()
                || (access.claim().equals("email") && Boolean.FALSE.equals(claims.getClaim("email_verified")))) {
            return refused();
        }
        if (!user.isEmpty() && !user.equalsIgnoreCase(name.get())) {
            return new LoginAnswer.Refused(LoginFailure.AUTHORIZATION);
        }
        Optional<Instant> end =
                Optional.ofNullable(until).map(date -> date.toInstant().plus(SKEW));
        Grant grant = () -> end.isPresent() && !clock.instant().isBefore(end.get());
        return new LoginAnswer.Accepted(name.get(), grant);
    }

    /** An answer to introspection may leave the issuer out. */
    private boolean isIssuer(JWTClaimsSet claims, String issuer) {
        return Objects.equals(claims.getIssuer(), issuer)
                || (claims.getIssuer() == null && access.jwks().isEmpty());
    }

    private static Collection<String> scopes(JWTClaimsSet claims) {
        Object scope = claims.getClaim("scope") == null ? claims.getClaim("scp") : claims.getClaim("scope");
        if (scope instanceof Collection<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return Arrays.asList(String.valueOf(scope).split(" "));
    }

    private CompletionStage<Map<String, Object>> introspected(URI address, Secret token) {
        if (!questions.tryAcquire()) {
            return CompletableFuture.failedFuture(new RejectedExecutionException("too many questions to the issuer"));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(access.timeout())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("token=" + encoded(token.reveal())));
        if (!access.client().isEmpty()) {
            String both =
                    encoded(access.client()) + ":" + encoded(access.password().reveal());
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
        }
        return http.sendAsync(request.build(), limited())
                .whenComplete((answer, failure) -> questions.release())
                .thenApply(answer -> {
                    try {
                        return JSONObjectUtils.parse(body(answer));
                    } catch (ParseException e) {
                        throw new CompletionException("the issuer's answer is malformed", e);
                    }
                });
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
