package dev.caravan.camel;

import dev.caravan.mail.Domain;
import dev.caravan.mail.MemoryShare;
import dev.caravan.queue.Spool;
import dev.caravan.source.SourceLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Makes what takes mail from elsewhere than SMTP, from the settings. */
final class SourceParts {
    private final Map<String, Object> beans = new HashMap<>();
    private final SubmissionMarks marks;
    private final PickupFolder folder;
    private final PolledParts polled;
    private final HttpAccess access;

    /**
     * What sources stand on.
     *
     * @param home where files of the operator's are looked for.
     */
    record Ground(
            Home home,
            Settings settings,
            Spool spool,
            MemoryShare inputMemory,
            StorageGuard guard,
            Connections connections,
            Enqueuer enqueuer,
            Stopping stopping,
            Clock clock,
            RandomGenerator random) {}

    SourceParts(Ground ground) throws IOException {
        Settings settings = ground.settings();
        Spool spool = ground.spool();
        Clock clock = ground.clock();
        SourceLimits limits = new SourceLimits(
                settings.count(Setting.MAX_RECIPIENTS),
                settings.octets(Setting.MAX_SIZE),
                (int) Math.min(Integer.MAX_VALUE - 1, settings.octets(Setting.MAX_LINE)),
                (int) settings.octets(Setting.MAX_JSON));
        Domain host = settings.domain(Setting.HOSTNAME);
        SourceIntake intake = new SourceIntake(limits, spool, ground.inputMemory(), host, clock, ground.random());
        marks = new SubmissionMarks(ground.connections(), settings.duration(Setting.HTTP_REMEMBER), clock);
        beans.put("openSubmission", new OpenSubmission(intake, ground.guard(), spool, clock));
        beans.put("submissionMarks", marks);
        access = access(ground);
        beans.put("httpAccess", access);
        SubmissionEnd end = new SubmissionEnd(marks, spool);
        beans.put("postedMail", new PostedMail(intake, marks, end, limits.octets(), clock));
        // Without a setting it is never asked.
        folder = new PickupFolder(
                ground.home().folder().resolve(settings.text(Setting.PICKUP_FOLDER)),
                settings.flag(Setting.PICKUP_KEEP),
                ground.guard()::isFull,
                marks::doubt);
        beans.put("pickupFolder", folder);
        polled = new PolledParts(ground, new NamedSubmissions(intake, marks, end, ground));
        beans.putAll(polled.beans());
        beans.put("claimedFile", new ClaimedFile(folder, intake, marks, end, clock));
    }

    private static HttpAccess access(Ground ground) {
        Settings settings = ground.settings();
        Optional<Path> tokens = settings.optional(Setting.HTTP_TOKENS).map(ground.home()::own);
        if (tokens.isPresent() && !Files.isReadable(tokens.get())) {
            throw new IllegalArgumentException(
                    Setting.HTTP_TOKENS.key() + ": cannot read " + tokens.get() + " (expected: a token a line)");
        }
        return new HttpAccess(settings.networks(Setting.HTTP_NETWORKS), tokens);
    }

    /** Objects by the names that routes use. */
    Map<String, Object> beans() {
        return Map.copyOf(beans);
    }

    /** Who may ask by HTTP. */
    HttpAccess access() {
        return access;
    }

    void close() {
        folder.close();
        polled.close();
        marks.close();
    }
}
