package dev.caravan.routetest;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueItem;
import dev.caravan.settle.SettleAttempt;
import dev.caravan.store.QueueTransaction;
import dev.caravan.submit.SplitMail;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.support.AsyncProcessorSupport;

/** Records the results of mail in a server under test. It runs before the steps that store and settle. */
final class DeliveryRecorder {
    private final List<SplitMail> submissions = new ArrayList<>();
    private final List<RecipientResult> results = new ArrayList<>();

    /** The same beans, with two replaced by recording ones. */
    Map<String, Object> around(Map<String, Object> beans) {
        Map<String, Object> observed = new HashMap<>(beans);
        for (String store : List.of("storeItems", "store")) {
            observed.put(store, new RecordingStore((AsyncProcessor) Objects.requireNonNull(beans.get(store))));
        }
        observed.put(
                "settleAttempt",
                new RecordingSettle((SettleAttempt) Objects.requireNonNull(beans.get("settleAttempt")), this));
        return observed;
    }

    /** Clears the records. */
    synchronized void clear() {
        submissions.clear();
        results.clear();
    }

    /** The stored messages, in order: the test's message, then the reports about it. */
    synchronized List<SplitMail> submissions() {
        return List.copyOf(submissions);
    }

    /** The results of the first message's recipients, in order. */
    synchronized List<RecipientResult> results() {
        return List.copyOf(results);
    }

    private synchronized void note(SplitMail submission) {
        submissions.add(submission);
    }

    private synchronized void note(DeliveryReport report, MailObject mail) {
        if (!submissions.isEmpty() && submissions.get(0).mail().id().equals(mail.id())) {
            results.addAll(report.results());
        }
    }

    private final class RecordingStore extends AsyncProcessorSupport {
        private final AsyncProcessor store;

        RecordingStore(AsyncProcessor store) {
            this.store = store;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            note(MailExchange.of(exchange).requireBody(SplitMail.class));
            return store.process(exchange, callback);
        }
    }

    /** Public, because Camel calls it. */
    public static final class RecordingSettle {
        private final SettleAttempt settle;
        private final DeliveryRecorder recorder;

        RecordingSettle(SettleAttempt settle, DeliveryRecorder recorder) {
            this.settle = settle;
            this.recorder = recorder;
        }

        /** As {@link SettleAttempt#settle}. */
        public List<MailObject> settle(
                @Body DeliveryReport report,
                @ExchangeProperty(MailExchange.ITEM) QueueItem item,
                @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction)
                throws IOException {
            recorder.note(report, item.mail());
            return settle.settle(report, item, transaction);
        }
    }
}
