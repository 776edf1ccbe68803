package dev.caravan.auth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Answers the questions of SASL exchanges. Thread-safe; never blocks. */
public interface Authenticator {
    /** Knows nobody. */
    Authenticator NONE = new Authenticator() {
        @Override
        public boolean offers(SaslMechanism mechanism) {
            return false;
        }

        @Override
        public CompletionStage<LoginAnswer> ask(LoginQuestion question) {
            return CompletableFuture.completedFuture(new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
        }
    };

    /** Whether every user can use that mechanism now: one that is announced and does not work breaks logins. */
    boolean offers(SaslMechanism mechanism);

    /**
     * Answers a question. The answer to a wrong guess comes late.
     *
     * @return completes on any thread; exceptionally for a fault of this server, which is answered with 454.
     */
    CompletionStage<LoginAnswer> ask(LoginQuestion question);
}
