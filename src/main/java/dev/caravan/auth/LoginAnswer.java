package dev.caravan.auth;

import java.util.Optional;

/** The answer to a {@link LoginQuestion}. */
public sealed interface LoginAnswer {
    /**
     * The client is this user.
     *
     * @param user the name by which rules know the user.
     * @param credential the label of the application password that was used; empty for any other.
     * @param grant tells when the session must end.
     */
    record Accepted(String user, Optional<String> credential, Grant grant) implements LoginAnswer {
        public Accepted(String user, Grant grant) {
            this(user, Optional.empty(), grant);
        }
    }

    /** The keys by which to check a proof. */
    record Keys(ScramKeys keys) implements LoginAnswer {}

    /** The client is not that user (535), or may not try (454, 421). */
    record Refused(LoginFailure why) implements LoginAnswer {}
}
