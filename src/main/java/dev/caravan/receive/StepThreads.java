package dev.caravan.receive;

import dev.caravan.exchange.ClientGoneException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.filter.FilterBusyException;
import dev.caravan.filter.FilterCall;
import dev.caravan.filter.FilterLine;
import dev.caravan.filter.FilterTurn;
import dev.caravan.mail.MailObject;
import dev.caravan.receive.BlockingThreads.Kind;
import dev.caravan.session.PolicyRequest.MailQuestion;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Moves the questions of SMTP sessions to a thread that may block when they come to a step that blocks, and only then:
 * up to there a route runs on the event loop of its session. Exchanges of other sources stay where they are.
 */
public final class StepThreads implements InterceptStrategy {
    private final BlockingThreads threads;

    public StepThreads(BlockingThreads threads) {
        this.threads = threads;
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, @Nullable Processor next) {
        StepKind kind = StepKind.of(context, definition);
        if (kind instanceof StepKind.Quick) {
            return target;
        } else if (kind instanceof StepKind.QuickForMost some) {
            return new OnDisk(target, some.steps(), threads);
        } else if (kind instanceof StepKind.OnDisk) {
            return new OnDisk(target, List.of(), threads);
        } else if (kind instanceof StepKind.Blocking blocking) {
            return new Apart(target, blocking.name(), threads);
        }
        throw new AssertionError(kind);
    }

    private static void refuse(Exchange exchange, AsyncCallback callback, Exception why) {
        exchange.setException(why);
        callback.done(false);
    }

    /** A step that may read or write files. */
    private static final class OnDisk extends DelegateAsyncProcessor {
        /** Whether the step blocks depends on these; it always does if there are none. */
        private final List<NonBlockingStep> steps;

        private final BlockingThreads threads;

        OnDisk(Processor step, List<NonBlockingStep> steps, BlockingThreads threads) {
            super(step);
            this.steps = steps;
            this.threads = threads;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            if (BlockingThreads.here() != Kind.ANY
                    || MailExchange.of(exchange).request().isEmpty()
                    || !mayBlock(exchange)) {
                return super.process(exchange, callback);
            }
            try {
                threads.runOnDisk(() -> super.process(exchange, done -> callback.done(false)));
            } catch (RejectedExecutionException e) {
                refuse(exchange, callback, e);
            }
            return false;
        }

        private boolean mayBlock(Exchange exchange) {
            if (steps.isEmpty()) {
                return true;
            }
            Optional<MailObject> message = message(exchange);
            return message.isPresent()
                    && steps.stream().anyMatch(step -> NonBlockingStep.mayBlock(step, message.get()));
        }

        private static Optional<MailObject> message(Exchange exchange) {
            if (exchange.getMessage().getBody() instanceof MailObject mail) {
                return Optional.of(mail);
            }
            return MailExchange.of(exchange).request().orElse(null) instanceof MailQuestion question
                    ? Optional.of(question.mail())
                    : Optional.empty();
        }
    }

    /** A step that waits for other systems. */
    private static final class Apart extends DelegateAsyncProcessor {
        private final String name;
        private final BlockingThreads threads;

        Apart(Processor step, String name, BlockingThreads threads) {
            super(step);
            this.name = name;
            this.threads = threads;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            MailExchange view = MailExchange.of(exchange);
            if (view.request().isEmpty()) {
                return super.process(exchange, callback);
            }
            FilterLine line = threads.line(name);
            if (BlockingThreads.here() == Kind.APART) {
                return run(exchange, callback, line.beginNow());
            }
            long octets = view.request().orElse(null) instanceof MailQuestion question
                    ? question.mail().content().size()
                    : 0;
            line.enter(octets, new Turn(exchange, callback));
            return false;
        }

        private boolean run(Exchange exchange, AsyncCallback callback, FilterCall call) {
            return super.process(exchange, doneSync -> {
                call.end(exchange.getException() == null);
                callback.done(doneSync);
            });
        }

        private final class Turn implements FilterTurn {
            private final Exchange exchange;
            private final AsyncCallback callback;

            Turn(Exchange exchange, AsyncCallback callback) {
                this.exchange = exchange;
                this.callback = callback;
            }

            @Override
            public boolean isWanted() {
                return !MailExchange.of(exchange).isClientGone();
            }

            @Override
            public void begin(FilterCall call) {
                try {
                    threads.runApart(() -> run(exchange, done -> callback.done(false), call));
                } catch (RejectedExecutionException e) {
                    call.end(false);
                    refuse(exchange, callback, e);
                }
            }

            @Override
            public void refused(FilterBusyException why) {
                refuse(exchange, callback, why);
            }

            @Override
            public void dropped() {
                refuse(exchange, callback, new ClientGoneException());
            }
        }
    }
}
