package dev.caravan.camel;

import dev.caravan.queue.Spool;
import java.time.Clock;
import java.util.Map;

/** Makes what recipes use beyond the steps of every mail. */
final class RecipeParts {
    private final Map<String, Object> beans;

    RecipeParts(Home home, Spool spool, Clock clock) {
        MailFields fields = new MailFields(spool);
        beans = Map.of(
                "headerField", fields,
                "question", new ServiceQuestion(),
                "clientCountry", new ClientCountry(home, clock),
                "throttle", new ThrottleStep(clock),
                "clamd", new Clamd(),
                "rspamd", new Rspamd(fields),
                "copy", new MailCopy(),
                "mailParts", new MailParts(home),
                "footer", new FooterStep(home, spool));
    }

    /** Objects by the names that routes use. */
    Map<String, Object> beans() {
        return beans;
    }
}
