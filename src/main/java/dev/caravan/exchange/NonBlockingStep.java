package dev.caravan.exchange;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify.Condition;

/**
 * A bean of Caravan whose methods never wait for disk, network or another thread. Routes for SMTP sessions that consist
 * of such steps run on the event loop itself, which saves two changes of thread for each request; every other bean,
 * processor or endpoint is treated as blocking, and a route with one runs on threads of its own.
 *
 * <p>The interfaces have no methods of their own: Camel would offer them to routes as methods of the bean.
 */
public interface NonBlockingStep {
    /** A step that reads the message's header, and may block if the content is in a file. */
    interface ReadsHeader extends NonBlockingStep {}

    /** A step that writes a report if the sender asked for a success report, and may block then. */
    interface WritesSuccessReport extends NonBlockingStep {}

    /** Whether a step may block for this message nevertheless. */
    static boolean mayBlock(NonBlockingStep step, MailObject message) {
        return (step instanceof ReadsHeader && message.content() instanceof Content.InFile)
                || (step instanceof WritesSuccessReport
                        && message.envelope().recipients().stream()
                                .anyMatch(recipient -> recipient.notification().wants(Condition.SUCCESS)));
    }
}
