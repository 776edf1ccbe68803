package dev.caravan.source;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.mail.Printable;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.source.IdempotentSubmitter.Name;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.message.AnnotatedPayload;
import dev.caravan.source.message.DsnOptions;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;

/**
 * For routes of the operator's that take mail from any other endpoint: submits a body that is a whole message or JSON.
 * When this returns, the endpoint may delete the body; when it throws, the endpoint must deliver the body again, and
 * the message is not sent twice.
 */
public final class EndpointSource implements BlockingStep {
    private static final int MAX_NAME = 300;

    private final IdempotentSubmitter submissions;

    public EndpointSource(IdempotentSubmitter submissions) {
        this.submissions = submissions;
    }

    /**
     * Submits one body.
     *
     * @param route the endpoint that submits the message: {@code direct:submit}.
     * @param name the other system's name for the body, such as the name of a file with its time: the same when the
     *     body is delivered again, and a different one when equal content is to be sent once more.
     * @throws LeaveInQueueException if the message cannot be stored now.
     */
    public void submitTo(
            @Argument(ArgumentForm.ROUTE) String route, @Argument(ArgumentForm.NAME) String name, Exchange exchange) {
        byte[] octets =
                Optional.ofNullable(exchange.getMessage().getBody(byte[].class)).orElse(new byte[0]);
        String place = Optional.ofNullable(exchange.getFromEndpoint())
                .orElseThrow(() -> new IllegalStateException("no endpoint (expected: a route that consumes one)"))
                .getEndpointBaseUri();
        // A different body with a known name is a different message.
        String digest = IdempotencyRecord.hex(IdempotencyRecord.sha256().digest(octets));
        Name own = new Name("route", place + "\n" + name + "\n" + digest);
        AnnotatedPayload payload = new AnnotatedPayload(label -> Optional.empty(), DsnOptions.NONE);
        String type = payload.typeOf(octets);
        Target target = new Target(exchange.getContext(), route);
        SubmissionResult result =
                submissions.submit(target, own, "ROUTE", () -> OpenedSubmission.of(payload.of(type, octets)));
        if (result instanceof SubmissionResult.Rejected rejected) {
            Map<String, String> beside =
                    Map.of("source", "route " + Printable.line(name, MAX_NAME), "contentType", type);
            result = submissions.setAside(own, octets, beside, rejected.reason());
        }
        result.requireFinal(Printable.line(name, MAX_NAME) + " comes again");
    }
}
