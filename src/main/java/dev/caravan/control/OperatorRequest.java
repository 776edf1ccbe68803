package dev.caravan.control;

import dev.caravan.http.HttpRequest;
import java.util.List;

/**
 * Who gives a command, and why, as it is kept with held mail.
 *
 * @param by the operator; any text.
 * @param reason any text.
 */
record OperatorRequest(String by, String reason) {
    private static final String OPERATOR = "operator";
    private static final String REASON = "held by an operator";

    /** The names of the parameters. */
    static final List<String> PARAMETERS = List.of("by", "reason");

    /** The user name and the reason that a request gives, both optional. */
    static OperatorRequest of(HttpRequest request) {
        return of(
                request.parameter("by").orElse(""), request.parameter("reason").orElse(""));
    }

    static OperatorRequest of(String user, String reason) {
        return new OperatorRequest(
                user.isBlank() ? OPERATOR : OPERATOR + " " + user, reason.isBlank() ? REASON : reason);
    }
}
