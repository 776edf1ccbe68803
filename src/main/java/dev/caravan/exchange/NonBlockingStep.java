package dev.caravan.exchange;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify.Condition;

/**
 * A bean of ours whose methods never wait for disk, network or another thread. Routes for SMTP sessions that consist of
 * such steps run on the event loop itself, which spares two changes of thread for each request; every other bean,
 * processor or endpoint is taken to block, and a route that has one runs on threads of its own.
 *
 * <p>The interfaces have no methods of their own: Camel would offer them to routes as methods of the bean.
 */
public interface NonBlockingStep {
    /** Reads the message's header, and so may block if the content is in a file. */
    interface ReadsHeader extends NonBlockingStep {}

    /** Writes a report if the sender asked for one of success, and so may block. */
    interface WritesSuccessReport extends NonBlockingStep {}

    /** Whether a step may block for this message nevertheless. */
    static boolean mayBlock(NonBlockingStep step, MailObject message) {
        return (step instanceof ReadsHeader && message.content() instanceof Content.InFile)
                || (step instanceof WritesSuccessReport
                        && message.envelope().recipients().stream()
                                .anyMatch(recipient -> recipient.notification().wants(Condition.SUCCESS)));
    }
}
