package dev.caravan.steps;

import static java.util.Map.entry;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.exchange.Decisions;
import dev.caravan.filter.Filters;
import dev.caravan.filter.HttpQuestions;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.MemoryShare;
import dev.caravan.policy.TableWatch;
import dev.caravan.queue.Spool;
import dev.caravan.scan.ClamdClient;
import dev.caravan.store.FreeSpaceGuard;
import io.netty.channel.EventLoopGroup;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** The beans that an operator names in routes and that work without the queues. */
public final class StepsModule implements ServerModule {
    private final HopLimit hopLimit;
    private final Map<String, Object> beans;

    /**
     * @param memory the memory share for filters of content.
     * @param guard tells when a disk is full.
     * @param clock for what waits, expires or is signed.
     * @param ruleClock for conditions and limits: the time that {@code at} of a test of routes sets.
     * @param filters the lines of filters.
     * @param filterThreads run what follows from a filter's answer; may block for the disk.
     * @param loops serve connections to filters.
     * @param shutdown interrupts the pauses of webhooks.
     * @param decisions where steps report their results.
     */
    public StepsModule(
            ServerHome home,
            Settings settings,
            Spool spool,
            MemoryShare memory,
            FreeSpaceGuard guard,
            Clock clock,
            Clock ruleClock,
            TableWatch tables,
            Filters filters,
            Executor filterThreads,
            EventLoopGroup loops,
            ShutdownState shutdown,
            Decisions decisions) {
        HeaderFields fields = new HeaderFields(spool);
        FilterAnswers answers = new FilterAnswers(filters, filterThreads, decisions);
        HttpQuestions http = new HttpQuestions(filterThreads);
        ClamdClient scanner = new ClamdClient(loops, filterThreads, ClamdClient.CONNECT, ClamdClient.WHOLE);
        this.hopLimit = new HopLimit(settings.get(PolicySettings.MAX_HOPS), decisions);
        this.beans = Map.ofEntries(
                entry("headerFields", fields),
                entry("hopLimit", hopLimit),
                entry("storageGuard", new StorageGuardStep(guard, decisions)),
                entry("httpPolicy", new HttpPolicy(decisions, answers, http)),
                entry("clientCountry", new ClientCountry(home, clock, tables, decisions)),
                entry("throttle", new ThrottleStep(ruleClock, decisions)),
                entry("clamd", new Clamd(decisions, answers, scanner)),
                entry("rspamd", new Rspamd(fields, decisions, answers, http)),
                entry("addRecipient", new AddRecipient(decisions)),
                entry("mailParts", new MailParts(home)),
                entry("footer", new FooterStep(home, spool, memory)),
                entry("rule", new Rule(decisions)),
                entry("login", new Login()),
                entry("destination", new TransportChoice(decisions)),
                entry("webhookSigner", new WebhookSigner(home, clock)),
                entry("clock", new RuleClock(ruleClock)),
                entry("webhook", new Webhook(shutdown::pause, clock)),
                entry("kafkaEventKey", new KafkaEventKey()));
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(hopLimit);
    }
}
