package dev.caravan.camel;

import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionListener;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailLog;

/** Tells the mail log what clients were refused. */
final class MailLogListener implements SessionListener {
    @Override
    public void refused(SessionFacts facts, Reply reply, String what) {
        MailLog.refused(facts.remote().getAddress(), what, reply.text());
    }
}
