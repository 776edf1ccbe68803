package dev.caravan.source.file;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.mail.Printable;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IdempotentSubmitter.Name;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.SubmissionsInHand;
import dev.caravan.source.file.PickupFolder.FileState;
import dev.caravan.source.message.EnvelopeOverride;
import dev.caravan.source.message.SubmittedForm;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits the files of a {@link PickupFolder}, many at a time and in no order. When its message is stored, a file is
 * removed; when it is refused, the file is set aside; in all other cases it stays claimed and is submitted again after
 * a second. A file whose message was stored before the server stopped is not submitted again.
 */
public final class PickupSource implements BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(PickupSource.class);
    private static final String PROTOCOL = "FILE";
    private static final String SOURCE = "pickup";
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    /** A poll ends after this time even if there are more files, so that its route can be replaced. */
    private static final long LONGEST_POLL = Duration.ofSeconds(20).toNanos();
    /** While so many claimed files cannot be stored, no more are claimed. */
    private static final int MOST_LEFT = 1000;

    private static final int MAX_WORDS = 400;

    private final PickupFolder folder;
    private final IdempotentSubmitter submitter;
    private final SubmissionsInHand<Claimed, SubmissionResult> inHand;
    private final BooleanSupplier isStopping;
    private final Set<Path> working = new HashSet<>();
    private final Set<Path> left = new HashSet<>();

    private record Claimed(Path file, FileState state) {}

    /** @param isStopping whether the server stops, so that no more files are claimed. */
    public PickupSource(
            PickupFolder folder,
            IdempotentSubmitter submitter,
            SubmissionsInHand.Limits limits,
            BooleanSupplier isStopping) {
        this.folder = folder;
        this.submitter = submitter;
        this.isStopping = isStopping;
        this.inHand = new SubmissionsInHand<>(limits, SubmissionResult.Failed::new, this::ended);
    }

    /**
     * Submits the files that are there; returns when all that were begun have ended.
     *
     * @param route the endpoint that submits messages: {@code direct:submit}.
     * @throws IOException if the folder cannot be read; its files stay.
     */
    public synchronized void submitTo(@Argument(ArgumentForm.ROUTE) String route, Exchange exchange)
            throws IOException, InterruptedException {
        Target target = new Target(exchange.getContext(), route);
        long began = System.nanoTime();
        try {
            submitClaimed(target);
            boolean isMore = true;
            while (isMore && goesOn(began)) {
                isMore = false;
                List<Path> rested = folder.rested();
                long looked = System.nanoTime();
                for (Path file : rested) {
                    if (!goesOn(began)) {
                        break;
                    }
                    if (isMore && System.nanoTime() - looked > SECOND) {
                        // More files come to rest meanwhile, and those that could not be stored are tried again.
                        submitClaimed(target);
                        break;
                    }
                    Path claimed = folder.claimOne(file).orElse(null);
                    if (claimed != null) {
                        isMore = true;
                        submit(target, claimed);
                    }
                }
            }
        } finally {
            inHand.finish();
        }
    }

    private boolean goesOn(long began) throws IOException {
        return !isStopping.getAsBoolean()
                && left.size() < MOST_LEFT
                && System.nanoTime() - began < LONGEST_POLL
                && folder.mayTake();
    }

    /** Submits what is claimed and not in hand: left by an earlier start, or not stored so far. */
    private void submitClaimed(Target target) throws IOException, InterruptedException {
        if (!folder.mayTake()) {
            return;
        }
        List<Path> claimed = folder.claimed();
        left.retainAll(new HashSet<>(claimed));
        for (Path file : claimed) {
            if (isStopping.getAsBoolean()) {
                return;
            }
            if (!working.contains(file)) {
                submit(target, file);
            }
        }
    }

    private void submit(Target target, Path file) throws InterruptedException {
        FileState state;
        try {
            state = FileState.of(file);
        } catch (IOException e) {
            stays(file, e.toString());
            return;
        }
        working.add(file);
        Name name = new Name(SOURCE, file.getFileName().toString());
        try {
            inHand.begin(new Claimed(file, state), state.size(), () -> {
                try (InputStream in = new WholeFile(folder.open(file), file, state)) {
                    return submitter.submitLater(
                            target,
                            name,
                            PROTOCOL,
                            () -> OpenedSubmission.of(new SubmittedForm.Whole(in, EnvelopeOverride.NONE)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (InterruptedException e) {
            working.remove(file);
            throw e;
        }
    }

    private void ended(Claimed claimed, SubmissionResult result) {
        Path file = claimed.file();
        working.remove(file);
        try {
            if (result instanceof SubmissionResult.Duplicate) {
                left.remove(file);
                folder.done(file);
            } else if (result instanceof SubmissionResult.Taken) {
                left.remove(file);
                folder.done(file, claimed.state().size());
            } else if (result instanceof SubmissionResult.Rejected rejected) {
                left.remove(file);
                if (isWritten(file, claimed.state())) {
                    stays(file, WholeFile.WRITTEN);
                } else {
                    folder.invalid(file, rejected.reason());
                }
            } else if (result instanceof SubmissionResult.Later later) {
                stays(file, later.reason());
            } else {
                throw new AssertionError(result);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is gone", file);
        } catch (IOException e) {
            stays(file, e.toString());
        }
    }

    private void stays(Path file, String reason) {
        if (left.add(file)) {
            LOG.warn(
                    "a claimed file is not sent yet, and is tried again each second: {}: {}",
                    Printable.line(String.valueOf(file.getFileName()), MAX_WORDS),
                    Printable.line(reason.replace('\n', ' '), MAX_WORDS));
        }
    }

    private static boolean isWritten(Path file, FileState read) throws IOException {
        return !FileState.of(file).equals(read);
    }

    /** Fails at the end if a program still writes to the file, so that only a part of it may have been read. */
    private static final class WholeFile extends FilterInputStream {
        static final String WRITTEN = "a program still writes to it";

        private final Path file;
        private final FileState state;

        WholeFile(InputStream in, Path file, FileState state) {
            super(in);
            this.file = file;
            this.state = state;
        }

        @Override
        public int read() throws IOException {
            return checked(super.read());
        }

        @Override
        public int read(byte[] target, int from, int most) throws IOException {
            return checked(super.read(target, from, most));
        }

        private int checked(int got) throws IOException {
            if (got < 0 && isWritten(file, state)) {
                throw new IOException(WRITTEN);
            }
            return got;
        }
    }
}
