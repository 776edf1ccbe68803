package dev.caravan.accounts;

import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.Secret;
import java.util.concurrent.CompletionStage;

/** Checks the tokens of an OAuth issuer. Thread-safe. */
interface TokenIssuer {
    /**
     * Checks a token without blocking the caller.
     *
     * @param user whose it must be; empty for anyone's.
     * @return completes exceptionally if the issuer does not answer.
     */
    CompletionStage<LoginAnswer> check(String user, Secret token);
}
