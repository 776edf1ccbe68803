package dev.caravan.acme;

import dev.caravan.acme.ChallengeResponder.Proof;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.OrderBuilder;
import org.shredzone.acme4j.PollableResource;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.RenewalInfo;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Dns01Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.connector.Resource;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeServerException;
import org.shredzone.acme4j.exception.AcmeUserActionRequiredException;
import org.shredzone.acme4j.util.CSRBuilder;

/** Talks to a certification authority by acme4j. Every method blocks. For one thread. */
final class AcmeClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /** How long the authority may take for the checks, and for the certificate. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final AcmeAccount account;
    private final ChallengeResponder responder;
    private Optional<Session> session = Optional.empty();
    private Optional<Login> login = Optional.empty();

    /** A certificate that was issued, with those of its issuers. */
    record Issued(List<X509Certificate> chain) {}

    /** When the authority wants a certificate to be renewed, and when to ask again. */
    record Suggestion(Instant start, Instant end, Optional<Instant> askAgain) {}

    AcmeClient(AcmeAccount account, ChallengeResponder responder) {
        this.account = account;
        this.responder = responder;
    }

    /**
     * Logs in; the first time, that makes the account.
     *
     * @param key of the account.
     * @param known its URL, if it was made before.
     * @return its URL.
     */
    String logIn(KeyPair key, Optional<String> known) throws AcmeFailure {
        try {
            Session open = session();
            Login made;
            if (known.isPresent()) {
                made = open.login(url(known.get()), key);
            } else {
                if (open.getMetadata().isExternalAccountRequired()
                        && account.external().isEmpty()) {
                    throw new AcmeFailure("the authority wants an account that was made with it before (expected:"
                            + " acme.account-id and acme.account-key-file)");
                }
                AccountBuilder builder = new AccountBuilder().useKeyPair(key).agreeToTermsOfService();
                account.contact().ifPresent(builder::addEmail);
                account.external().ifPresent(external -> builder.withKeyIdentifier(external.id(), external.key()));
                made = builder.createLogin(open);
            }
            login = Optional.of(made);
            return made.getAccountLocation().toString();
        } catch (AcmeException e) {
            throw AcmeFailure.of(e);
        }
    }

    /** Whether a failure says that the account does not exist any more. */
    static boolean isAccountUnknown(AcmeFailure failure) {
        return failure.getCause() instanceof AcmeServerException refusal
                && refusal.getType().toString().endsWith(":accountDoesNotExist");
    }

    private Session session() {
        if (session.isEmpty()) {
            Session made = new Session(account.directory(), account.provider());
            made.networkSettings().setTimeout(TIMEOUT);
            session = Optional.of(made);
        }
        return session.get();
    }

    private Login login() {
        return login.orElseThrow(() -> new IllegalStateException("not logged in"));
    }

    /**
     * Orders a certificate, and answers the authority's challenges.
     *
     * @param replaced the certificate in use, if it is of the same authority.
     * @param requesting told the URL of the order before the certificate is requested; from then on {@link #resume} can
     *     fetch it.
     */
    Issued order(List<String> names, KeyPair key, Optional<X509Certificate> replaced, OrderListener requesting)
            throws AcmeFailure, InterruptedException {
        try {
            Order order = newOrder(names, replaced);
            authorize(order);
            await(order, "the order", List.of(Status.READY, Status.VALID));
            requesting.requesting(order.getLocation().toString());
            CSRBuilder request = new CSRBuilder();
            request.addDomains(names);
            request.sign(key);
            order.execute(request.getEncoded());
            return issued(order);
        } catch (AcmeException e) {
            throw AcmeFailure.of(e);
        } catch (IOException e) {
            throw new AcmeFailure(String.valueOf(e.getMessage()));
        }
    }

    /** Is told before a certificate is requested. */
    interface OrderListener {
        void requesting(String url) throws IOException;
    }

    /** Fetches the certificate of an order that was requested before; empty if the order has failed. */
    Optional<Issued> resume(String url) throws AcmeFailure, InterruptedException {
        try {
            Order order = login().bindOrder(url(url));
            Optional<Instant> unused = order.fetch();
            return order.getStatus() == Status.VALID || order.getStatus() == Status.PROCESSING
                    ? Optional.of(issued(order))
                    : Optional.empty();
        } catch (AcmeServerException e) {
            // Orders are forgotten some time after their end.
            return Optional.empty();
        } catch (AcmeException e) {
            throw AcmeFailure.of(e);
        }
    }

    private Issued issued(Order order) throws AcmeException, AcmeFailure, InterruptedException {
        await(order, "the certificate", List.of(Status.VALID));
        return new Issued(order.getCertificate().getCertificateChain());
    }

    private Order newOrder(List<String> names, Optional<X509Certificate> replaced) throws AcmeException {
        Session open = session();
        if (replaced.isPresent()
                && open.resourceUrlOptional(Resource.RENEWAL_INFO).isPresent()) {
            try {
                return order(names).replaces(replaced.get()).create();
            } catch (AcmeUserActionRequiredException e) {
                throw e;
            } catch (AcmeServerException e) {
                String type = e.getType().toString();
                // An authority that does not know the old certificate still issues a new one.
                if (!type.endsWith(":alreadyReplaced") && !type.endsWith(":malformed")) {
                    throw e;
                }
            }
        }
        return order(names).create();
    }

    private OrderBuilder order(List<String> names) {
        return login().newOrder().domains(names);
    }

    private void authorize(Order order) throws AcmeException, AcmeFailure, IOException, InterruptedException {
        List<Authorization> pending = new ArrayList<>();
        List<Challenge> challenges = new ArrayList<>();
        List<Proof> proofs = new ArrayList<>();
        for (Authorization authorization : order.getAuthorizations()) {
            if (authorization.getStatus() == Status.VALID) {
                continue;
            }
            Challenge challenge = authorization
                    .<Challenge>findChallenge(responder.type())
                    .orElseThrow(() -> new AcmeFailure("the authority offers no " + responder.type() + " challenge for "
                            + authorization.getIdentifier().getDomain()));
            pending.add(authorization);
            challenges.add(challenge);
            proofs.add(proof(authorization, challenge));
        }
        if (pending.isEmpty()) {
            return;
        }
        try {
            responder.show(proofs);
            for (Challenge challenge : challenges) {
                challenge.trigger();
            }
            for (int i = 0; i < pending.size(); i++) {
                await(pending.get(i), "the check of " + proofs.get(i).name(), challenges.get(i));
            }
        } finally {
            responder.remove(proofs);
        }
    }

    private static Proof proof(Authorization authorization, Challenge challenge) throws AcmeFailure {
        String name = authorization.getIdentifier().getDomain();
        if (challenge instanceof Http01Challenge http) {
            return new Proof(name, http.getToken(), http.getAuthorization());
        } else if (challenge instanceof Dns01Challenge dns) {
            return new Proof(name, "", dns.getDigest());
        }
        throw new AcmeFailure("the authority's challenge " + challenge.getType() + " is not known");
    }

    private void await(Authorization authorization, String what, Challenge challenge)
            throws AcmeException, AcmeFailure, InterruptedException {
        await(authorization, what, List.of(Status.VALID), () -> {
            Optional<Instant> unused = challenge.fetch();
            return challenge.getError();
        });
    }

    private void await(Order order, String what, List<Status> wanted)
            throws AcmeException, AcmeFailure, InterruptedException {
        await(order, what, wanted, order::getError);
    }

    /** Where the reason of a failure is. */
    private interface Reason {
        Optional<Problem> get() throws AcmeException;
    }

    /** Asks for the state until it is one of those; by monotonic time, for the clock may be set meanwhile. */
    private static void await(PollableResource resource, String what, List<Status> wanted, Reason reason)
            throws AcmeException, AcmeFailure, InterruptedException {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            Optional<Instant> later = resource.fetch();
            Status status = resource.getStatus();
            if (wanted.contains(status)) {
                return;
            }
            if (status != Status.PENDING && status != Status.PROCESSING && status != Status.READY) {
                throw new AcmeFailure(what + " failed: " + text(reason.get(), status));
            }
            if (System.nanoTime() - end > 0) {
                throw new AcmeFailure(what + " took more than " + LONGEST_WAIT.toMinutes() + " minutes");
            }
            Duration asked =
                    later.map(at -> Duration.between(Instant.now(), at)).orElse(Duration.ZERO);
            Duration next = asked.compareTo(pause) > 0 ? asked : pause;
            Thread.sleep(next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE.toMillis() : next.toMillis());
            pause = pause.multipliedBy(2);
        }
    }

    private static String text(Optional<Problem> problem, Status status) {
        return problem.map(one -> one.getDetail().orElse(one.getType().toString()))
                .orElse(status.toString());
    }

    /** When the authority wants a certificate renewed; empty if it does not say that. */
    Optional<Suggestion> suggestion(X509Certificate certificate) throws AcmeFailure {
        try {
            if (session().resourceUrlOptional(Resource.RENEWAL_INFO).isEmpty()) {
                return Optional.empty();
            }
            RenewalInfo info = login().bindRenewalInfo(certificate);
            Optional<Instant> again = info.fetch();
            return Optional.of(new Suggestion(info.getSuggestedWindowStart(), info.getSuggestedWindowEnd(), again));
        } catch (AcmeException e) {
            throw AcmeFailure.of(e);
        }
    }

    private static URL url(String text) throws AcmeFailure {
        try {
            return URI.create(text).toURL();
        } catch (MalformedURLException | IllegalArgumentException e) {
            throw new AcmeFailure("the state has a URL that is malformed: " + text);
        }
    }
}
