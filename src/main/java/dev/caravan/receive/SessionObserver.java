package dev.caravan.receive;

import dev.caravan.metrics.MailCounts;
import dev.caravan.session.RefusedCommand;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionListener;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailLog;
import dev.caravan.trace.Refusal;

/** Tells the mail log and the counters what clients were refused. */
public final class SessionObserver implements SessionListener {
    private final MailCounts counts;

    public SessionObserver(MailCounts counts) {
        this.counts = counts;
    }

    @Override
    public void connected(SessionFacts facts) {
        counts.connected();
    }

    @Override
    public void refused(SessionFacts facts, Reply reply, RefusedCommand what) {
        MailLog.refused(new Refusal(
                facts.remote().getAddress(), facts.helo(), what.from(), what.to(), what.command(), reply.text()));
        counts.refused(reply);
    }
}
