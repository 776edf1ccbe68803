package dev.caravan.session;

import dev.caravan.auth.Authenticator;
import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.LoginQuestion;
import dev.caravan.auth.SaslMechanism;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Knows alice, whose password and token are {@code secret}. The users {@code away}, {@code guessed}, {@code banned} and
 * {@code broken} stand for what may go wrong.
 */
final class ScriptedAuthenticator implements Authenticator {
    private final ScriptedRoute route;
    volatile boolean isRevoked;

    ScriptedAuthenticator(ScriptedRoute route) {
        this.route = route;
    }

    @Override
    public boolean offers(SaslMechanism mechanism) {
        return true;
    }

    @Override
    public CompletionStage<LoginAnswer> ask(LoginQuestion question) {
        CompletableFuture<LoginAnswer> answer = new CompletableFuture<>();
        route.inItsTime(() -> {
            if (question.user().equals("broken")) {
                answer.completeExceptionally(new IllegalStateException("broken"));
            } else {
                answer.complete(answer(question));
            }
        });
        return answer;
    }

    private LoginAnswer answer(LoginQuestion question) {
        Grant grant = () -> isRevoked;
        return switch (question.user()) {
            case "away" -> new LoginAnswer.Refused(LoginFailure.UNAVAILABLE);
            case "guessed" -> new LoginAnswer.Refused(LoginFailure.USER_LIMIT);
            case "banned" -> new LoginAnswer.Refused(LoginFailure.ADDRESS_LIMIT);
            case "alice" ->
                isRight(question)
                        ? new LoginAnswer.Accepted("alice", Optional.empty(), grant)
                        : new LoginAnswer.Refused(LoginFailure.CREDENTIALS);
            default -> new LoginAnswer.Refused(LoginFailure.CREDENTIALS);
        };
    }

    private static boolean isRight(LoginQuestion question) {
        if (question instanceof LoginQuestion.Password password) {
            return password.password().reveal().equals("secret");
        }
        return question instanceof LoginQuestion.Token token
                && token.token().reveal().equals("secret");
    }
}
