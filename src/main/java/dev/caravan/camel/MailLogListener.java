package dev.caravan.camel;

import dev.caravan.metrics.MailCounts;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionListener;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailLog;

/** Tells the mail log and the counters what clients were refused. */
final class MailLogListener implements SessionListener {
    private final MailCounts counts;

    MailLogListener(MailCounts counts) {
        this.counts = counts;
    }

    @Override
    public void connected(SessionFacts facts) {
        counts.connected();
    }

    @Override
    public void refused(SessionFacts facts, Reply reply, String what) {
        MailLog.refused(facts.remote().getAddress(), what, reply.text());
        counts.refused(reply);
    }
}
