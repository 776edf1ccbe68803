package dev.caravan.source.sendmail;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.Verdict;
import dev.caravan.smtp.Reply;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IdempotentSubmitter.Name;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.SendmailArguments;
import dev.caravan.source.message.SendmailMessage;
import dev.caravan.source.message.SubmittedForm;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Submits the messages that local programs pass to {@code sendmail}: each once, however often it is submitted. */
public final class SendmailSubmitter {
    /** Codes of {@code sysexits.h}. */
    static final int OK = 0;

    static final int USAGE = 64;
    static final int DATA_ERROR = 65;
    static final int NO_USER = 67;
    static final int NO_HOST = 68;
    static final int UNAVAILABLE = 69;
    static final int TRY_AGAIN = 75;

    private static final String PROTOCOL = "SENDMAIL";

    private final IdempotentSubmitter submissions;
    private final RecipientCheck recipients;
    private final String host;

    /**
     * @param recipients checks local recipients.
     * @param host the domain of addresses without one.
     */
    public SendmailSubmitter(IdempotentSubmitter submissions, RecipientCheck recipients, String host) {
        this.submissions = submissions;
        this.recipients = recipients;
        this.host = host;
    }

    /**
     * The result for the caller.
     *
     * @param code of {@code sysexits.h}.
     * @param words for people; empty if all went well.
     */
    record Result(int code, String words) {}

    /**
     * Submits a message and blocks until it is stored.
     *
     * @param route the endpoint that submits messages.
     * @param user the user of the calling program.
     * @param content the message; read to its end.
     * @param isChecked whether to refuse recipients that do not exist; otherwise the sender gets a bounce message.
     */
    Result submit(Target route, SendmailRequest request, String user, InputStream content, boolean isChecked) {
        return submitLater(route, request, user, content, isChecked)
                .toCompletableFuture()
                .join();
    }

    /**
     * The same without waiting for the commit; the content was read when this returns.
     *
     * @return completes with the result, on a thread that must not wait.
     */
    CompletionStage<Result> submitLater(
            Target route, SendmailRequest request, String user, InputStream content, boolean isChecked) {
        SubmittedForm.Whole handed;
        try {
            SendmailArguments arguments = SendmailArguments.parse(request.program(), request.arguments());
            handed = new SendmailMessage(arguments, user, host).read(content);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture(new Result(USAGE, String.valueOf(e.getMessage())));
        } catch (InvalidSubmissionException e) {
            return CompletableFuture.completedFuture(new Result(DATA_ERROR, e.reason()));
        } catch (IOException e) {
            return CompletableFuture.completedFuture(new Result(TRY_AGAIN, e.toString()));
        }
        Optional<Result> refusal = isChecked ? refusal(handed) : Optional.empty();
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(refusal.get());
        }
        return submissions
                .submitLater(route, new Name("sendmail", request.id()), PROTOCOL, () -> OpenedSubmission.of(handed))
                .thenApply(SendmailSubmitter::result);
    }

    private static Result result(SubmissionResult result) {
        if (result instanceof SubmissionResult.Taken) {
            return new Result(OK, "");
        }
        if (result instanceof SubmissionResult.Rejected rejected) {
            return new Result(DATA_ERROR, rejected.reason());
        }
        if (result instanceof SubmissionResult.Later later) {
            return new Result(TRY_AGAIN, later.reason());
        }
        throw new AssertionError(result);
    }

    private Optional<Result> refusal(SubmittedForm.Whole handed) {
        for (String recipient : handed.envelope().to()) {
            try {
                ForwardPath path = new ForwardPath(Mailbox.parse(recipient));
                // A local program may send to any other domain.
                if (verdict(path) instanceof Verdict.Answer answer) {
                    Reply reply = answer.reply();
                    return Optional.of(new Result(code(reply), recipient + ": " + reply.text()));
                }
            } catch (IllegalArgumentException e) {
                return Optional.of(new Result(DATA_ERROR, recipient + ": " + e.getMessage()));
            }
        }
        return Optional.empty();
    }

    /** Blocks until the recipient directory answers, which has a time limit. */
    private Verdict verdict(ForwardPath path) {
        return recipients.checkLocal(path).toCompletableFuture().join();
    }

    private static int code(Reply reply) {
        if (!reply.isPermanent()) {
            return TRY_AGAIN;
        }
        String text = reply.toString();
        if (text.contains("5.1.2") || text.contains("5.1.10")) {
            return NO_HOST;
        }
        return text.contains("5.1.1") ? NO_USER : UNAVAILABLE;
    }
}
