package dev.caravan.source.file;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.MailObjectFactory.Origin;
import dev.caravan.source.SubmissionCompletion;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.file.PickupFolder.FileState;
import dev.caravan.source.message.EnvelopeOverride;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.SubmittedForm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits a claimed file as a message, unless the message is already stored because the server stopped between storing
 * it and removing the file. When the message is stored, the file is removed; when it is refused, the file is set aside;
 * in all other cases the file stays claimed.
 */
public final class PickupFile implements Processor, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(PickupFile.class);
    private static final String PROTOCOL = "FILE";

    private final PickupFolder folder;
    private final MailObjectFactory intake;
    private final IdempotencyStore records;
    private final SubmissionCompletion completion;
    private final Clock clock;

    public PickupFile(
            PickupFolder folder,
            MailObjectFactory intake,
            IdempotencyStore records,
            SubmissionCompletion completion,
            Clock clock) {
        this.folder = folder;
        this.intake = intake;
        this.records = records;
        this.completion = completion;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        Path file = MailExchange.of(exchange).requireBody(Path.class);
        String key = IdempotencyRecord.key("pickup", file.getFileName().toString());
        if (!records.begin(key)) {
            // Still being stored since the last poll.
            exchange.setRouteStop(true);
            return;
        }
        Ending ending = new Ending(file, key);
        exchange.getExchangeExtension().addOnCompletion(ending);
        if (records.find(key).isPresent()) {
            folder.done(file);
            exchange.setRouteStop(true);
            return;
        }
        FileState read = FileState.of(file);
        ending.size = read.size();
        try (InputStream in = folder.open(file)) {
            MailObject mail = intake.read(new SubmittedForm.Whole(in, EnvelopeOverride.NONE), Origin.of(PROTOCOL));
            MailExchange.of(exchange).submitted(mail);
            if (isWritten(file, read)) {
                exchange.setRouteStop(true);
                return;
            }
            new IdempotencyRecord(key, IdempotencyRecord.NO_DIGEST, mail.id().text(), clock.instant())
                    .storeWith(exchange);
            exchange.getMessage().setBody(mail);
        } catch (InvalidSubmissionException e) {
            if (!isWritten(file, read)) {
                folder.invalid(file, e.reason());
            }
            exchange.setRouteStop(true);
        }
    }

    /** Whether a program still writes to a file, so that only a part of it may have been read. */
    private static boolean isWritten(Path file, FileState read) throws IOException {
        boolean isWritten = !FileState.of(file).equals(read);
        if (isWritten) {
            LOG.warn("a claimed file is not sent yet: a program still writes to it");
        }
        return isWritten;
    }

    private final class Ending extends SynchronizationAdapter {
        private final Path file;
        private final String key;
        private long size;

        Ending(Path file, String key) {
            this.file = file;
            this.key = key;
        }

        @Override
        public void onDone(Exchange exchange) {
            try {
                completion.complete(exchange);
                SubmissionResult result = SubmissionResult.of(exchange);
                if (result instanceof SubmissionResult.Taken) {
                    folder.done(file, size);
                } else if (result instanceof SubmissionResult.Rejected rejected) {
                    folder.invalid(file, rejected.reason());
                } else if (!(result instanceof SubmissionResult.Later)) {
                    throw new AssertionError(result);
                }
            } catch (IOException e) {
                LOG.warn("a claimed file stays where it is: {}", e.toString());
            } finally {
                records.end(key);
            }
        }
    }
}
