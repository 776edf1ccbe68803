package dev.caravan.source.mailbox;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.mail.Printable;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.SubmissionsInHand;
import dev.caravan.source.mailbox.OpenMailbox.Entry;
import jakarta.mail.MessagingException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits the messages of a mailbox, as {@code docs/sources.md} describes it. A message that cannot be taken stays in
 * the mailbox, is logged in one line, and is skipped for a while, so that it does not delay the messages after it.
 */
public final class MailboxSource implements BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(MailboxSource.class);
    /** The maximum number of messages that are read between two removals, and of those among them that failed before. */
    private static final int MOST = 500;

    /** How often one poll does so at most while there are more messages. */
    private static final int MOST_LOOKS = 20;
    /** What a message is counted as while it is in hand; a larger one is read into a file and stored at once. */
    private static final long SMALL_OCTETS = 64 * 1024;

    private static final int MOST_AGAIN = 20;
    /** The maximum number of connections that one poll may lose. */
    private static final int MOST_CONNECTIONS = 5;
    /** After this many consecutive messages that the server cannot store, the poll ends: the cause is the server. */
    private static final int MOST_UNSTORED = 3;

    private static final int MAX_WORDS = 400;

    private final Opener server;
    private final MailboxSubmitter fetched;
    private final MailboxPauses pauses;
    private final MailboxPollStrategy room;
    private final SubmissionsInHand.Limits limits;
    private final BooleanSupplier isStopping;
    private final String name;

    /** Connects to the mailbox. */
    public interface Opener {
        OpenMailbox open() throws MessagingException;
    }

    /** @param name the name of the mailbox in the log. */
    public MailboxSource(
            Opener server,
            MailboxSubmitter fetched,
            MailboxPauses pauses,
            MailboxPollStrategy room,
            SubmissionsInHand.Limits limits,
            BooleanSupplier isStopping,
            String name) {
        this.server = server;
        this.fetched = fetched;
        this.pauses = pauses;
        this.room = room;
        this.limits = limits;
        this.isStopping = isStopping;
        this.name = name;
    }

    /**
     * Polls the mailbox and submits its messages, many at a time; at most {@value #MOST_LOOKS} times {@value #MOST}.
     *
     * @param route the endpoint that submits messages: {@code direct:submit}.
     */
    public synchronized void submitTo(@Argument(ArgumentForm.ROUTE) String route, Exchange exchange) {
        if (!room.isFree(name)) {
            return;
        }
        boolean isMore = true;
        for (int i = 0; i < MOST_LOOKS && isMore; i++) {
            Look look = new Look(new Target(exchange.getContext(), route));
            int lost = 0;
            while (look.goesOn() && lost < MOST_CONNECTIONS) {
                lost += look.isWholeAfterConnection() ? MOST_CONNECTIONS : 1;
            }
            isMore = look.taken >= MOST && !isStopping.getAsBoolean();
        }
    }

    /** A message in hand, and whether it was taken before. */
    private record Submitted(Entry entry, boolean wasTaken, MailboxSubmitter.Begun begun) {}

    /** One poll, over one connection, or over several if the server ends the connection at a message. */
    private final class Look {
        private final Target target;
        private final SubmissionsInHand<Submitted, SubmissionResult> inHand =
                new SubmissionsInHand<>(limits, SubmissionResult.Failed::new, this::ended);
        /** Messages that are stored and not removed yet. */
        private final Map<String, Entry> stored = new LinkedHashMap<>();

        private int taken;
        private int unstored;

        Look(Target target) {
            this.target = target;
        }

        boolean goesOn() {
            return taken < MOST && unstored < MOST_UNSTORED && !isStopping.getAsBoolean() && room.isFree(name);
        }

        /** Polls over one connection; false if the server ended it at a message, so that messages are left. */
        boolean isWholeAfterConnection() {
            OpenMailbox mailbox;
            List<Entry> entries;
            try {
                mailbox = server.open();
            } catch (MessagingException | RuntimeException e) {
                warn("cannot be asked for mail now", e);
                return true;
            }
            boolean isWhole = false;
            try {
                entries = choose(mailbox);
                try {
                    isWhole = take(mailbox, entries);
                } finally {
                    inHand.finish();
                }
                if (isWhole) {
                    remove(mailbox);
                }
            } catch (MessagingException | RuntimeException e) {
                warn("cannot be asked for mail now", e);
                isWhole = true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                isWhole = true;
            } finally {
                end(mailbox, isWhole);
            }
            return isWhole;
        }

        private void end(OpenMailbox mailbox, boolean isWhole) {
            if (!isWhole) {
                mailbox.abort();
                return;
            }
            try {
                mailbox.close();
            } catch (MessagingException e) {
                warn("may still have messages that were taken", e);
            }
        }

        /** The messages to take now: first those that never failed, then the others by the end of their pause. */
        private List<Entry> choose(OpenMailbox mailbox) throws MessagingException {
            List<Entry> fresh = new ArrayList<>();
            List<Entry> again = new ArrayList<>();
            List<Entry> marked = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            boolean isAll = mailbox.list(entry -> {
                seen.add(entry.name());
                if (stored.containsKey(entry.name())) {
                    // Stored before the last connection was lost.
                    stored.put(entry.name(), entry);
                } else if (!pauses.isKnown(entry.name())) {
                    if (!entry.isDeleted()) {
                        fresh.add(entry);
                    }
                } else if (pauses.isDue(entry.name())) {
                    (entry.isDeleted() ? marked : again).add(entry);
                }
                return fresh.size() < MOST - taken;
            });
            if (isAll) {
                pauses.retain(seen);
                stored.keySet().retainAll(seen);
            }
            again.sort(Comparator.comparingLong(entry -> pauses.until(entry.name())));
            // Messages that this server has marked as deleted over a lost connection, or whose removal the mailbox
            // server refused.
            marked.removeIf(entry -> !pauses.isTaken(entry.name()));
            List<Entry> chosen = new ArrayList<>(marked);
            chosen.addAll(fresh);
            chosen.addAll(again.subList(0, Math.min(again.size(), MOST_AGAIN)));
            return chosen;
        }

        /** Submits messages; false if the connection was lost at one of them. */
        private boolean take(OpenMailbox mailbox, List<Entry> entries) throws InterruptedException {
            for (Entry entry : entries) {
                if (!goesOn()) {
                    return true;
                }
                try {
                    if (!entry.isDeleted()) {
                        taken++;
                        submit(mailbox, entry);
                    } else {
                        pauses.taken(entry.name());
                        stored.put(entry.name(), entry);
                    }
                } catch (UnreadableMessageException e) {
                    unreadable(entry, e);
                } catch (MessagingException | RuntimeException e) {
                    stays(entry, "the connection is lost at it: " + e, pauses.failed(entry.name()));
                    return false;
                } catch (IOException e) {
                    unstored++;
                    stays(entry, e.toString(), pauses.postponed(entry.name()));
                }
            }
            return true;
        }

        private void submit(OpenMailbox mailbox, Entry entry)
                throws UnreadableMessageException, MessagingException, IOException, InterruptedException {
            boolean wasTaken = pauses.isTaken(entry.name());
            MailboxSubmitter.Begun begun = fetched.begin(target, entry.name(), out -> mailbox.read(entry, out));
            inHand.begin(new Submitted(entry, wasTaken, begun), SMALL_OCTETS, begun::later);
        }

        private void ended(Submitted submitted, SubmissionResult ended) {
            Entry entry = submitted.entry();
            try {
                settle(submitted, submitted.begun().end(ended));
            } catch (UnreadableMessageException e) {
                unreadable(entry, e);
            } catch (IOException e) {
                unstored++;
                stays(entry, e.toString(), pauses.postponed(entry.name()));
            }
        }

        private void settle(Submitted submitted, SubmissionResult result) {
            Entry entry = submitted.entry();
            if (result instanceof SubmissionResult.Later later) {
                unstored++;
                stays(entry, later.reason(), pauses.postponed(entry.name()));
                return;
            }
            unstored = 0;
            Duration pause = pauses.taken(entry.name());
            if (result instanceof SubmissionResult.Taken before) {
                if (submitted.wasTaken()) {
                    stays(entry, "it is stored as " + before.mailId() + ", and the server did not remove it", pause);
                }
            } else if (!(result instanceof SubmissionResult.Rejected)) {
                throw new AssertionError(result);
            }
            stored.put(entry.name(), entry);
        }

        private void remove(OpenMailbox mailbox) throws MessagingException {
            mailbox.removeAll(List.copyOf(stored.values()), this::unreadable);
            stored.clear();
        }

        private void unreadable(Entry entry, UnreadableMessageException e) {
            stays(
                    entry,
                    String.valueOf(e.getMessage()),
                    e.isLasting() ? pauses.failedForLong(entry.name()) : pauses.failed(entry.name()));
        }
    }

    private void stays(Entry entry, String reason, Duration pause) {
        LOG.warn(
                "message {} stays in the mailbox, and is tried again in {} s: {}",
                Printable.line(entry.name().replace('\n', ' '), MAX_WORDS),
                Math.max(1, pause.toSeconds()),
                Printable.line(reason, MAX_WORDS));
    }

    private void warn(String what, Exception e) {
        LOG.warn("{} {}: {}", name, what, Printable.line(e.toString(), MAX_WORDS));
    }
}
