package dev.caravan.source.file;

import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SourceSettings;
import dev.caravan.source.SubmissionCompletion;
import dev.caravan.store.FreeSpaceGuard;
import java.time.Clock;
import java.util.Map;

/** Takes mail from files in a folder. */
public final class FileSourceModule implements ServerModule {
    private final PickupFolder folder;
    private final PickupFile file;
    private final PickupSource source;

    public FileSourceModule(
            ServerHome home,
            Settings settings,
            MailObjectFactory factory,
            FreeSpaceGuard guard,
            IdempotencyStore idempotency,
            SubmissionCompletion completion,
            IdempotentSubmitter submitter,
            ShutdownState stopping,
            Clock clock) {
        // Without a setting the folder is never asked.
        this.folder = new PickupFolder(
                home.folder().resolve(settings.text(PickupSettings.FOLDER)),
                settings.get(PickupSettings.KEEP),
                guard::isFull,
                idempotency::doubt);
        // For copies of the route of earlier versions.
        this.file = new PickupFile(folder, factory, idempotency, completion, clock);
        this.source = new PickupSource(folder, submitter, SourceSettings.limits(settings), stopping::hasBegun);
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("pickupFolder", folder, "claimedFile", file, "pickupSource", source);
    }

    @Override
    public void close() {
        folder.close();
    }
}
