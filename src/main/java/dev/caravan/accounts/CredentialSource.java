package dev.caravan.accounts;

import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.Secret;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Knows users and their passwords. Thread-safe. */
public interface CredentialSource extends AutoCloseable {
    /**
     * Checks a password without blocking the caller.
     *
     * @param user as the client gave it; may hold any character.
     * @return empty if the source does not know the user; completes exceptionally if it cannot say.
     */
    CompletionStage<Optional<LoginAnswer>> check(LoginClient client, String user, Secret password);

    @Override
    default void close() {}
}
