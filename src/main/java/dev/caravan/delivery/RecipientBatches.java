package dev.caravan.delivery;

import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.smtp.Reply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Divides the recipients of a message into transactions with one host. Recipients that are too many for a transaction
 * go into another one (RFC 5321 §4.5.3.1.10), as long as the host accepts at least one in each transaction.
 */
final class RecipientBatches {
    /**
     * If a server accepted few recipients at once, the next transaction has some more, because the server may have
     * refused one for another reason.
     */
    private static final int LEAST_BATCH = 10;

    private static final int INSUFFICIENT_STORAGE = 452;
    private static final int EXCEEDED_STORAGE = 552;

    private final Deque<Recipient> untold;
    /** Recipients that must be sent again, with the reply that they got. */
    private final Map<ForwardPath, Reply> postponed = new LinkedHashMap<>();

    private final int most;
    private int largest;

    /**
     * Batches of these recipients.
     *
     * @param largest the size of a batch, until a server accepts fewer; greater than zero.
     */
    RecipientBatches(List<Recipient> recipients, int largest) {
        this.untold = new ArrayDeque<>(recipients);
        this.most = largest;
        this.largest = largest;
    }

    boolean hasNext() {
        return !untold.isEmpty();
    }

    /** The recipients of the next transaction. */
    List<Recipient> next() {
        List<Recipient> batch = new ArrayList<>();
        while (batch.size() < largest && !untold.isEmpty()) {
            batch.add(untold.remove());
        }
        return batch;
    }

    /** Sends no further recipients. */
    void drop() {
        untold.clear();
        postponed.clear();
    }

    /**
     * After a transaction with accepted recipients: those that were too many are sent again.
     *
     * @param batch its recipients.
     * @param refusals its refused recipients; those that are sent again are removed.
     * @param accepted how many it accepted; at least one.
     */
    void postpone(List<Recipient> batch, Map<ForwardPath, Reply> refusals, int accepted) {
        batch.forEach(recipient -> postponed.remove(recipient.path()));
        for (Recipient recipient : batch) {
            Reply refusal = refusals.get(recipient.path());
            if (refusal != null && isTooMany(refusal, true)) {
                refusals.remove(recipient.path());
                postponed.put(recipient.path(), refusal);
                untold.add(recipient);
                largest = Math.min(most, Math.max(LEAST_BATCH, accepted));
            }
        }
    }

    /** After a transaction without accepted recipients: their number is not the problem, so they are not sent again. */
    Map<ForwardPath, Reply> takePostponed() {
        Map<ForwardPath, Reply> taken = new LinkedHashMap<>(postponed);
        untold.removeIf(recipient -> taken.containsKey(recipient.path()));
        postponed.clear();
        return taken;
    }

    /**
     * Whether a reply to RCPT says that there are too many recipients: 452 and 552, as servers used to say it, unless
     * they speak of one mailbox that is full (X.2.2, RFC 3463 §3.3).
     *
     * @param someWereAccepted whether the transaction has recipients; if not, only X.5.3 says so for certain.
     */
    static boolean isTooMany(Reply reply, boolean someWereAccepted) {
        if (reply.code() != INSUFFICIENT_STORAGE && reply.code() != EXCEEDED_STORAGE) {
            return false;
        }
        return hasDetail(reply, 5, 3) || (someWereAccepted && !hasDetail(reply, 2, 2));
    }

    private static boolean hasDetail(Reply reply, int subject, int detail) {
        return reply.status()
                .or(() -> EnhancedStatus.leading(reply.lines().get(0)))
                .filter(status -> status.subject() == subject && status.detail() == detail)
                .isPresent();
    }
}
