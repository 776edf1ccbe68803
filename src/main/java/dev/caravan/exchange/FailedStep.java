package dev.caravan.exchange;

import dev.caravan.trace.Decision.RouteStep;
import java.util.Optional;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/**
 * The step of a route that threw an exception.
 *
 * @param thrown what it threw.
 * @param place where the step is.
 * @param id the id of the step, as in its file or as Camel made it; empty if Camel does not know it.
 */
public record FailedStep(Throwable thrown, RouteStep place, String id) {
    /** Finds out which step fails, in all routes of a Camel context; Camel has forgotten it when the route has ended. */
    public static InterceptStrategy recorder() {
        return Recorder::around;
    }

    /** The step that threw the present exception of the exchange; of nested steps the innermost. */
    public static Optional<FailedStep> of(Exchange exchange) {
        return MailExchange.of(exchange)
                .own(FailedStep.class)
                .filter(failed -> failed.thrown.equals(exchange.getException()));
    }

    /** {@code check-mail@policy.camel.yaml:23, step bean4}. */
    @Override
    public String toString() {
        return id.isEmpty() ? place.toString() : place + ", step " + id;
    }

    private static void note(Exchange exchange) {
        if (of(exchange).isEmpty()) {
            String node = exchange.getExchangeExtension().getHistoryNodeId();
            MailExchange.of(exchange)
                    .own(new FailedStep(
                            exchange.getException(),
                            Decisions.step(exchange),
                            node == null ? "" : RouteIds.withoutGeneration(node)));
        }
    }

    private static final class Recorder extends DelegateAsyncProcessor {
        private Recorder(Processor step) {
            super(step);
        }

        static Processor around(CamelContext context, NamedNode definition, Processor target, Processor next) {
            return new Recorder(target);
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return super.process(exchange, doneSync -> {
                if (exchange.getException() != null) {
                    note(exchange);
                }
                callback.done(doneSync);
            });
        }
    }
}
