package dev.caravan.camel;

import dev.caravan.mail.Content;
import dev.caravan.session.Question;
import dev.caravan.session.Question.MailQuestion;
import java.util.concurrent.ExecutorService;

/** Decides on which thread the receiving route runs. */
final class RouteThreads {
    private final ExecutorService pool;
    private volatile boolean quick;

    /** @param pool for routes with steps that may wait; they begin there until it is known that they do not. */
    RouteThreads(ExecutorService pool) {
        this.pool = pool;
    }

    /** @param isQuick whether no step of the receiving route waits. */
    void adapt(boolean isQuick) {
        quick = isQuick;
    }

    /** Whether the event loop itself may run the route: for a mail only if its header can be read without a disk. */
    boolean mayRunHere(Question question) {
        return quick && !(question instanceof MailQuestion mail && mail.mail().content() instanceof Content.InFile);
    }

    void execute(Runnable work) {
        pool.execute(work);
    }

    void shutdown() {
        pool.shutdown();
    }
}
