package dev.caravan.receive;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.MailQuestion;
import java.util.concurrent.ExecutorService;

/** Decides on which thread the receiving route runs. */
public final class RouteExecutor {
    private final ExecutorService pool;
    private volatile boolean quick;

    /** @param pool for routes with steps that may wait; they begin there until it is known that they do not. */
    public RouteExecutor(ExecutorService pool) {
        this.pool = pool;
    }

    /** @param isQuick whether no step of the receiving route waits. */
    public void adapt(boolean isQuick) {
        quick = isQuick;
    }

    /** Whether the event loop itself may run the route: for a mail only if that needs no disk. */
    boolean mayRunHere(PolicyRequest question) {
        return quick && !(question instanceof MailQuestion mail && mayNeedDisk(mail.mail()));
    }

    /** To read the header of large content, or to write a notification when an alias is expanded. */
    private static boolean mayNeedDisk(MailObject mail) {
        return mail.content() instanceof Content.InFile
                || mail.envelope().recipients().stream()
                        .anyMatch(recipient -> recipient.notification().wants(Condition.SUCCESS));
    }

    public void execute(Runnable work) {
        pool.execute(work);
    }

    public void shutdown() {
        pool.shutdown();
    }
}
