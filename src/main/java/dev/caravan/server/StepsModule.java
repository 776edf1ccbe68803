package dev.caravan.server;

import dev.caravan.config.ServerHome;
import dev.caravan.mail.MemoryShare;
import dev.caravan.policy.TableWatch;
import dev.caravan.queue.Spool;
import dev.caravan.steps.AddRecipient;
import dev.caravan.steps.Clamd;
import dev.caravan.steps.ClientCountry;
import dev.caravan.steps.FooterStep;
import dev.caravan.steps.HeaderFields;
import dev.caravan.steps.HttpPolicy;
import dev.caravan.steps.MailParts;
import dev.caravan.steps.Rspamd;
import dev.caravan.steps.ThrottleStep;
import java.time.Clock;
import java.util.Map;

/** Makes what recipes use beyond the steps of every mail. */
final class StepsModule {
    private final Map<String, Object> beans;

    StepsModule(ServerHome home, Spool spool, MemoryShare memory, Clock clock, TableWatch tables) {
        HeaderFields fields = new HeaderFields(spool);
        beans = Map.of(
                "headerFields", fields,
                "httpPolicy", new HttpPolicy(),
                "clientCountry", new ClientCountry(home, clock, tables),
                "throttle", new ThrottleStep(clock),
                "clamd", new Clamd(),
                "rspamd", new Rspamd(fields),
                "addRecipient", new AddRecipient(),
                "mailParts", new MailParts(home),
                "footer", new FooterStep(home, spool, memory));
    }

    /** Objects by the names that routes use. */
    Map<String, Object> beans() {
        return beans;
    }
}
