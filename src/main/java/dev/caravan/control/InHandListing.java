package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueJson;
import dev.caravan.queue.QueueNames;
import dev.caravan.settle.DeliveriesInHand;
import dev.caravan.settle.DeliveriesInHand.Hand;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Lists what this server is delivering, the oldest attempts first. */
final class InHandListing implements QueueListing {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final DeliveriesInHand inHand;
    private final boolean isOneOfSeveral;
    private final Clock clock;

    /** @param isOneOfSeveral whether other servers may use the same broker. */
    InHandListing(DeliveriesInHand inHand, boolean isOneOfSeveral, Clock clock) {
        this.inHand = inHand;
        this.isOneOfSeveral = isOneOfSeveral;
        this.clock = clock;
    }

    @Override
    public Page page(Request request) {
        long after = request.after().map(InHandListing::number).orElse(0L);
        List<Hand> rest = inHand.all().stream()
                .filter(hand -> hand.number() > after)
                .filter(hand -> request.filter().matches(hand.item()))
                .sorted(Comparator.comparingLong(Hand::number))
                .toList();
        List<String> lines = new ArrayList<>();
        rest.stream().limit(request.limit()).forEach(hand -> lines.add(line(hand)));
        boolean isMore = rest.size() > lines.size();
        return new Page(
                lines,
                isMore ? Optional.of(Long.toString(rest.get(lines.size() - 1).number())) : Optional.empty());
    }

    private static long number(String after) {
        if (!NUMBER.matcher(after).matches()) {
            throw new IllegalArgumentException("after is not of a listing (expected: as the page before said)");
        }
        return Long.parseLong(after);
    }

    private String line(Hand hand) {
        Instant now = clock.instant();
        return QueueJson.inHand(
                QueueNames.deliver(hand.transport()),
                hand.item(),
                now.minus(hand.progress().age()),
                now,
                hand.progress().seen());
    }

    @Override
    public Optional<String> note() {
        return isOneOfSeveral ? Optional.of("this is what this server delivers, not the others") : Optional.empty();
    }

    @Override
    public Optional<Long> count(QueueFilter filter) {
        return filter.isAll() ? Optional.of((long) inHand.all().size()) : Optional.empty();
    }
}
