package dev.caravan.steps;

import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginFailure;
import dev.caravan.exchange.NonBlockingStep;
import org.apache.camel.Exchange;

/**
 * The answers of {@code direct:authenticate}: {@code bean: {ref: login, method: accept}}. Each ends the route.
 */
public final class Login implements NonBlockingStep {
    /** The client is the user whose name it gave. */
    public void accept(Exchange exchange) {
        String user = exchange.getMessage().getHeader("user", String.class);
        if (user == null || user.isEmpty()) {
            throw new IllegalStateException("no header user (expected: the user who is accepted)");
        }
        answer(exchange, new LoginAnswer.Accepted(user, Grant.LASTING));
    }

    /** The password is wrong. */
    public void refuse(Exchange exchange) {
        answer(exchange, new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
    }

    /** The user may not log in, whatever the password is. */
    public void forbid(Exchange exchange) {
        answer(exchange, new LoginAnswer.Refused(LoginFailure.POLICY));
    }

    /** Nobody can tell now; the client tries again later. */
    public void defer(Exchange exchange) {
        answer(exchange, new LoginAnswer.Refused(LoginFailure.UNAVAILABLE));
    }

    private static void answer(Exchange exchange, LoginAnswer answer) {
        exchange.getMessage().setBody(answer);
        exchange.setRouteStop(true);
    }
}
