package dev.caravan.session;

import dev.caravan.smtp.Reply;
import java.util.List;

/** What is to be done after a client's input or a route's answer. */
sealed interface Step {
    /** Reply and go on. */
    record Say(Reply reply) implements Step {}

    /** Ask the route; no input is looked at before its answer. */
    record Ask(PolicyRequest question) implements Step {}

    /** Reply and take content: 354. */
    record TakeContent(Reply reply) implements Step {}

    /** Reply and close: the client said QUIT. */
    record Part(Reply reply) implements Step {}

    /** Reply and end the session although the client did not ask for it; the last reply is a 421. */
    record Expel(List<Reply> replies) implements Step {}
}
