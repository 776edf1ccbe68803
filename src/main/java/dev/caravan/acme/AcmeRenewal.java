package dev.caravan.acme;

import dev.caravan.acme.AcmeClient.Issued;
import dev.caravan.acme.AcmeClient.Suggestion;
import dev.caravan.acme.RenewalRules.Current;
import dev.caravan.acme.RenewalRules.Due;
import dev.caravan.lifecycle.Threads;
import dev.caravan.tls.CertificateNames;
import dev.caravan.tls.CertifiedKey;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a certificate valid: looks each minute, on a thread of its own, whether one is due, and orders it. As long as no new
 * one has come, the old one stays. Thread-safe.
 */
final class AcmeRenewal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AcmeRenewal.class);
    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final Duration ASK = Duration.ofHours(6);
    private static final Duration ASK_LATEST = Duration.ofDays(1);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    private final Plan plan;
    private final AcmeFiles files;
    private final AcmeClient client;
    private final Clock clock;
    private final RandomGenerator random;
    private final Thread thread;

    private Optional<AcmeState> state = Optional.empty();
    private Optional<Suggestion> suggestion = Optional.empty();
    private Optional<Instant> askAt = Optional.empty();
    private volatile boolean closed;
    private volatile int failures;
    private volatile Optional<Instant> ends = Optional.empty();
    private volatile boolean hasFailedOnDisk;

    /**
     * What is ordered.
     *
     * @param authority the URL of the directory of the authority.
     * @param names host names, the first is the most important; at least one.
     * @param keepsKey whether a renewed certificate has the key of the one before.
     * @param digest of the settings.
     */
    record Plan(String authority, List<String> names, KeyType keyType, boolean keepsKey, String digest) {}

    AcmeRenewal(Plan plan, AcmeFiles files, AcmeClient client, Clock clock, RandomGenerator random) {
        this.plan = plan;
        this.files = files;
        this.client = client;
        this.clock = clock;
        this.random = random;
        this.thread = new Thread(this::run, "acme");
        thread.setDaemon(true);
    }

    /** Begins to look. */
    void begin() {
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                look();
                Thread.sleep(LOOK.toMillis());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Orders a certificate if one is due. */
    void look() throws InterruptedException {
        try {
            lookNow();
            hasFailedOnDisk = false;
        } catch (IOException e) {
            // Without a state nothing is ordered: the authority's limits could be exceeded.
            if (!hasFailedOnDisk) {
                LOG.warn("acme: nothing can be ordered, because the files cannot be used: {}", e.toString());
            }
            hasFailedOnDisk = true;
        } catch (RuntimeException e) {
            LOG.error("acme: looking for a due certificate failed; it goes on", e);
        }
    }

    private void lookNow() throws IOException, InterruptedException {
        if (state.isEmpty()) {
            files.prepare();
            state = Optional.of(files.state(plan.digest()));
        }
        Optional<CertifiedKey> current = files.current();
        Optional<Current> facts =
                current.filter(key -> !isOfAnother(key)).map(key -> AcmeFiles.facts(key.certificate()));
        ends = facts.map(Current::notAfter);
        failures = now().failures();
        current.ifPresent(this::ask);
        Instant now = clock.instant();
        Due due = RenewalRules.wanted(now, facts, plan.names(), asked(facts));
        if (due.at().isAfter(now)
                || RenewalRules.allowed(now, now(), plan.authority(), plan.names())
                        .isAfter(now)) {
            return;
        }
        LOG.info("acme: ordering a certificate for {}, because {}", String.join(", ", plan.names()), due.reason());
        attempt(current, now);
    }

    /** Whether the certificate is of an authority that the settings named before, such as one for tests. */
    private boolean isOfAnother(CertifiedKey key) {
        return origin(key.certificate())
                .filter(authority -> !authority.equals(plan.authority()))
                .isPresent();
    }

    /** The authority that issued a certificate, if that is remembered. */
    private Optional<String> origin(X509Certificate certificate) {
        String fingerprint = AcmeFiles.fingerprint(certificate);
        return now().issued().stream()
                .filter(one -> one.fingerprint().equals(fingerprint))
                .findFirst()
                .map(AcmeState.Issued::authority);
    }

    private AcmeState now() {
        return state.orElseThrow();
    }

    private void keep(AcmeState changed) throws IOException {
        files.keep(changed);
        state = Optional.of(changed);
        failures = changed.failures();
    }

    private void attempt(Optional<CertifiedKey> current, Instant now) throws IOException, InterruptedException {
        keep(now().begun(now));
        try {
            logIn();
            X509Certificate issued = get(current);
            ends = Optional.of(issued.getNotAfter().toInstant());
            suggestion = Optional.empty();
            askAt = Optional.empty();
            LOG.info(
                    "acme: new certificate for {}, valid until {}",
                    String.join(", ", plan.names()),
                    issued.getNotAfter().toInstant());
        } catch (AcmeFailure e) {
            if (closed || e.isInterrupted()) {
                // The server stops; that says nothing about the authority.
                throw new InterruptedException(e.getMessage());
            }
            Optional<Instant> end = current.map(CertifiedKey::expiry);
            keep(now().failed(RenewalRules.retry(clock.instant(), failures + 1, end, e.retryAt(), random)));
            LOG.warn(
                    "acme: no new certificate: {}; next attempt at {}{}",
                    e.getMessage(),
                    now().retryAt().orElseThrow(),
                    end.map(at -> "; the present one is valid until " + at).orElse(""));
        }
    }

    private void logIn() throws AcmeFailure, IOException {
        Optional<KeyPair> known = files.accountKey();
        KeyPair key = known.isPresent() ? known.get() : newKey(KeyType.P256);
        if (known.isEmpty()) {
            files.keepAccountKey(key);
        }
        String url = client.logIn(key, now().account());
        if (!now().account().equals(Optional.of(url))) {
            keep(now().withAccount(Optional.of(url)));
            LOG.info("acme: account {}", AcmeFailure.printable(url));
        }
    }

    private static KeyPair newKey(KeyType type) throws AcmeFailure {
        try {
            return type.generate();
        } catch (GeneralSecurityException e) {
            throw new AcmeFailure("no key can be made: " + e.getMessage());
        }
    }

    private X509Certificate get(Optional<CertifiedKey> current) throws AcmeFailure, IOException, InterruptedException {
        try {
            Optional<X509Certificate> left = leftOver();
            return left.isPresent() ? left.get() : order(current);
        } catch (AcmeFailure e) {
            if (AcmeClient.isAccountUnknown(e)) {
                keep(now().withAccount(Optional.empty()));
            }
            throw e;
        }
    }

    /** The certificate that was requested when the server stopped. */
    private Optional<X509Certificate> leftOver() throws AcmeFailure, IOException, InterruptedException {
        Optional<String> url = now().order();
        Optional<KeyPair> key = files.orderKey();
        if (url.isPresent() && key.isPresent()) {
            Optional<Issued> issued = client.resume(url.get());
            if (issued.isPresent()) {
                return Optional.of(install(key.get(), issued.get()));
            }
        }
        if (url.isPresent()) {
            keep(now().withOrder(Optional.empty()));
        }
        files.forgetOrderKey();
        return Optional.empty();
    }

    private X509Certificate order(Optional<CertifiedKey> current)
            throws AcmeFailure, IOException, InterruptedException {
        KeyPair key = current.isPresent() && plan.keepsKey()
                ? new KeyPair(
                        current.get().certificate().getPublicKey(),
                        current.get().key())
                : newKey(plan.keyType());
        files.keepOrderKey(key);
        Optional<X509Certificate> replaced = current.map(CertifiedKey::certificate)
                .filter(certificate -> origin(certificate).equals(Optional.of(plan.authority())));
        Issued issued = client.order(plan.names(), key, replaced, url -> keep(now().withOrder(Optional.of(url))));
        return install(key, issued);
    }

    private X509Certificate install(KeyPair key, Issued issued) throws AcmeFailure, IOException {
        X509Certificate certificate = issued.chain().get(0);
        if (!certificate.getPublicKey().equals(key.getPublic())) {
            forgetOrder();
            throw new AcmeFailure("the authority's certificate is for another key");
        }
        List<String> missing = plan.names().stream()
                .filter(name -> !CertificateNames.cover(certificate, name))
                .toList();
        if (!missing.isEmpty()) {
            forgetOrder();
            throw new AcmeFailure("the authority's certificate is not for " + String.join(", ", missing));
        }
        files.install(key, issued.chain());
        keep(now().succeeded(new AcmeState.Issued(
                clock.instant(),
                AcmeFiles.fingerprint(certificate),
                plan.authority(),
                RenewalRules.joined(plan.names()))));
        files.forgetOrderKey();
        return certificate;
    }

    private void forgetOrder() throws IOException {
        keep(now().withOrder(Optional.empty()));
        files.forgetOrderKey();
    }

    /** Asks the authority when it wants its certificate renewed, some times a day. */
    private void ask(CertifiedKey current) {
        Instant now = clock.instant();
        X509Certificate certificate = current.certificate();
        if (!origin(certificate).equals(Optional.of(plan.authority()))
                || now().account().isEmpty()) {
            return;
        }
        // A time further away than one is ever set was set before the clock was.
        if (askAt.filter(at ->
                        at.isAfter(now) && at.isBefore(now.plus(ASK_LATEST).plusSeconds(1)))
                .isPresent()) {
            return;
        }
        try {
            logIn();
            suggestion = client.suggestion(certificate);
            Instant next = suggestion.flatMap(Suggestion::askAgain).orElse(now.plus(ASK));
            Instant latest = now.plus(ASK_LATEST);
            Instant earliest = now.plus(LOOK);
            askAt = Optional.of(next.isAfter(latest) ? latest : next.isBefore(earliest) ? earliest : next);
        } catch (AcmeFailure | IOException e) {
            askAt = Optional.of(now.plus(ASK));
            LOG.info("acme: the authority does not say when to renew: {}", e.getMessage());
        }
    }

    private Optional<Instant> asked(Optional<Current> facts) {
        return suggestion.flatMap(window ->
                facts.map(current -> RenewalRules.within(window.start(), window.end(), current.fingerprint())));
    }

    /** How many attempts failed since the last success. */
    int failures() {
        return failures;
    }

    /** When the certificate ends; empty if there is none. */
    Optional<Instant> ends() {
        return ends;
    }

    /** What an operator should look at; names nothing confidential. */
    Optional<String> warning() {
        if (failures == 0 && !hasFailedOnDisk) {
            return Optional.empty();
        }
        return Optional.of((hasFailedOnDisk
                        ? "the files of the certificate cannot be used"
                        : failures + " attempts to get a new certificate failed")
                + ends.map(at -> ", the present one is valid until " + at).orElse(", there is none"));
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        if (thread.isAlive()) {
            Threads.join(thread, CLOSE_LIMIT.toMillis());
        }
    }
}
