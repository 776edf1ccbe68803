package dev.caravan.camel;

import dev.caravan.broker.MessageBatch;
import dev.caravan.lifecycle.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Suspendable;
import org.apache.camel.support.DefaultConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Consumes a queue in transactions of several messages, each message an exchange of its own. */
public final class BatchQueueConsumer extends DefaultConsumer implements QueueConsumer, Suspendable {
    /** The exchange property that holds the {@link MessageBatch.Item}. */
    public static final String ITEM = "batchItem";

    private static final Logger LOG = LoggerFactory.getLogger(BatchQueueConsumer.class);
    private static final long LONGEST_END_SECONDS = 60;

    private final BatchQueueEndpoint endpoint;
    private final List<MessageBatch> running = new ArrayList<>();
    private @Nullable ExecutorService threads;

    BatchQueueConsumer(BatchQueueEndpoint endpoint, Processor steps) {
        super(endpoint, steps);
        this.endpoint = endpoint;
    }

    private final class Steps implements MessageBatch.Handler {
        @Override
        public Optional<Throwable> handle(MessageBatch.Item item) {
            Exchange exchange = endpoint.queue().createExchange(item.message(), item.session());
            exchange.getExchangeExtension().setFromEndpoint(endpoint);
            exchange.getExchangeExtension().setFromRouteId(getRouteId());
            exchange.setProperty(ITEM, item);
            exchange.setProperty(MessageCollectors.PROPERTY, item);
            try {
                getProcessor().process(exchange);
            } catch (Exception e) {
                exchange.setException(e);
            }
            if (exchange.getException() != null) {
                return Optional.of(exchange.getException());
            }
            return exchange.isRollbackOnly() || exchange.isRollbackOnlyLast()
                    ? Optional.of(new org.apache.camel.RollbackExchangeException(exchange))
                    : Optional.empty();
        }

        @Override
        public void stays(Throwable failure) {
            String queue = endpoint.queue().getDestinationName();
            ConnectionPerConsumer.reason(failure)
                    .ifPresentOrElse(
                            why -> LOG.info("a message stays in {}: {}", queue, why),
                            () -> LOG.warn("a message stays in {}: {}", queue, failure.toString(), failure));
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        begin();
    }

    private void begin() {
        int count = endpoint.queue().getConcurrentConsumers();
        ExecutorService pool = Threads.pool(endpoint.queue().getDestinationName(), count);
        threads = pool;
        for (int i = 0; i < count; i++) {
            MessageBatch batch = endpoint.batch(new Steps());
            running.add(batch);
            pool.execute(batch);
        }
    }

    /** Consumes no more; returns when the present transactions have ended. */
    private void end() {
        running.forEach(MessageBatch::end);
        running.clear();
        ExecutorService pool = threads;
        threads = null;
        if (pool == null) {
            return;
        }
        pool.shutdown();
        try {
            if (!pool.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn(
                        "{}: messages are in hand after the time for a stop",
                        endpoint.queue().getDestinationName());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void doSuspend() {
        end();
    }

    @Override
    protected void doResume() {
        begin();
    }

    @Override
    protected void doStop() throws Exception {
        end();
        super.doStop();
    }
}
