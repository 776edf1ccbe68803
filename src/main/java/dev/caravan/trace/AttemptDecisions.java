package dev.caravan.trace;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.TlsUse;
import dev.caravan.queue.QueueItem;
import dev.caravan.trace.Decision.Stage;
import dev.caravan.trace.Decision.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns the report of a delivery attempt into decisions: the reply of each remote host, then the result. Pure. */
public final class AttemptDecisions {
    private AttemptDecisions() {}

    /**
     * One decision for each answer of each remote host, in the order in which they were tried, and one for the result of
     * each recipient.
     *
     * @param item as it was when the attempt began.
     */
    public static List<Decision> of(QueueItem item, DeliveryReport report) {
        List<Decision> decisions = new ArrayList<>();
        Subject subject = Subject.ofMessage(item.id().toString());
        for (HostAttempt host : report.hosts()) {
            String place = host.host() + " " + address(host) + ", " + LogLine.seconds(host.took())
                    + (host.tls().equals(TlsUse.NONE) ? "" : ", " + host.tls().words()) + ": ";
            for (RecipientResult answer : host.answers()) {
                decisions.add(new Decision(
                        host.at(),
                        Stage.DELIVERY,
                        subject.to(answer.recipient()),
                        Optional.empty(),
                        "host",
                        words(answer),
                        place + answer.diagnosis().line()));
            }
        }
        String nextHop = item.nextHop().transport() + ":" + item.nextHop().destination() + ", attempt "
                + (item.progress().attempts() + 1) + ": ";
        for (RecipientResult result : report.results()) {
            decisions.add(new Decision(
                    report.at(),
                    Stage.DELIVERY,
                    subject.to(result.recipient()),
                    Optional.empty(),
                    "attempt",
                    words(result),
                    nextHop + result.diagnosis().line()));
        }
        return decisions;
    }

    private static String address(HostAttempt host) {
        String address = host.address().getAddress() == null
                ? host.address().getHostString()
                : host.address().getAddress().getHostAddress();
        return address + " port " + host.address().getPort();
    }

    private static String words(RecipientResult result) {
        String status = " " + result.diagnosis().status();
        if (result instanceof RecipientResult.Delivered) {
            return "delivered" + status;
        } else if (result instanceof RecipientResult.Deferred) {
            return "deferred" + status;
        } else if (result instanceof RecipientResult.NotAttempted) {
            return "not attempted" + status;
        } else if (result instanceof RecipientResult.Failed) {
            return "failed" + status;
        }
        throw new AssertionError(result);
    }
}
