package dev.caravan.cli;

import dev.caravan.cli.CaravanCommand.HomeOptions;
import dev.caravan.cli.SubmittedEnvelope.Notices;
import dev.caravan.source.InvalidSubmissionException;
import dev.caravan.source.Stamp;
import dev.caravan.source.SubmittedContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Hands in a mail at the running server, as programs are used to do with {@code sendmail}. Ends with the codes of
 * {@code sysexits.h}: 75 if it is worth another try, 65 to 69 if not.
 */
@Command(
        name = "sendmail",
        description = "Send a mail from standard input through the running server; prints its id.",
        exitCodeOnInvalidInput = SendmailCommand.USAGE,
        sortOptions = false)
final class SendmailCommand implements Callable<Integer> {
    static final int USAGE = 64;
    private static final int DATA_ERROR = 65;
    private static final int NO_USER = 67;
    private static final int NO_HOST = 68;
    private static final int UNAVAILABLE = 69;
    private static final int IO_ERROR = 74;
    private static final int TRY_AGAIN = 75;
    private static final int CONFIGURATION = 78;

    private static final int MAX_OCTETS = 100 << 20;
    /** What a server takes is for the server to say; this one only keeps us within our memory. */
    private static final SubmittedContent.Limits LIMITS = new SubmittedContent.Limits(MAX_OCTETS, MAX_OCTETS, true);

    private final Launch launch;
    private final InputStream in;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HomeOptions options = new HomeOptions();

    @Option(names = "-f", paramLabel = "SENDER", description = "reverse-path; <> for none (default: you)")
    private Optional<String> sender = Optional.empty();

    @Option(
            names = "-N",
            paramLabel = "NOTIFY",
            description = "what to tell the sender: never, or any of success,failure,delay")
    private Optional<String> conditions = Optional.empty();

    @Option(names = "-R", paramLabel = "RET", description = "what of the mail to return with a report: full or hdrs")
    private Optional<String> returned = Optional.empty();

    @Option(names = "-V", paramLabel = "ENVID", description = "an id that reports repeat")
    private Optional<String> envelopeId = Optional.empty();

    @Option(
            names = {"-i", "-oi"},
            description = "a line with only a dot does not end the mail")
    private boolean dotIsContent;

    @Option(names = "-bp", description = "list the queues instead, as mailq does")
    private boolean isListing;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help")
    private boolean help;

    @Parameters(paramLabel = "RECIPIENT", description = "forward-paths: user@domain")
    private List<String> recipients = new ArrayList<>();

    SendmailCommand(Launch launch, InputStream in) {
        this.launch = launch;
        this.in = in;
    }

    @Override
    public Integer call() {
        if (isListing) {
            return new CommandLine(new ListCommand(launch))
                    .setOut(spec.commandLine().getOut())
                    .setErr(spec.commandLine().getErr())
                    .execute("--home", options.home().toString());
        }
        if (recipients.isEmpty()) {
            return say(USAGE, "no recipient given (expected: user@domain)");
        }
        Launch.Submission submission;
        try {
            submission = launch.submission(options.home(), options.settings());
        } catch (Exception e) {
            return say(CONFIGURATION, e.getMessage());
        }
        SubmittedEnvelope envelope;
        try {
            Notices notices = new Notices(conditions, returned, envelopeId);
            envelope = new SubmittedEnvelope(sender.orElseGet(() -> self(submission)), recipients, notices);
        } catch (IllegalArgumentException e) {
            return say(USAGE, e.getMessage());
        }
        byte[] content;
        try {
            content = content(stamp(submission, envelope));
        } catch (IOException | InvalidSubmissionException e) {
            return say(IO_ERROR, "the mail cannot be read: " + e.getMessage());
        }
        return send(submission, envelope, content);
    }

    /** All of it is read before anything is sent: a program that dies in the middle has not written a mail. */
    private byte[] content(Stamp stamp) throws IOException, InvalidSubmissionException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        new SubmittedContent(stamp, content, LIMITS).copy(in, !dotIsContent);
        return content.toByteArray();
    }

    private int send(Launch.Submission submission, SubmittedEnvelope envelope, byte[] content) {
        try (SubmissionTalk talk = new SubmissionTalk(submission.server())) {
            SubmissionTalk.Answer answer = talk.send(submission.hostname(), envelope, content);
            talk.quit();
            if (!answer.isYes()) {
                return say(code(answer), answer.reply());
            }
            spec.commandLine().getOut().println(answer.mailId());
            spec.commandLine().getOut().flush();
            return 0;
        } catch (IOException e) {
            InetSocketAddress server = submission.server();
            return say(TRY_AGAIN, server.getHostString() + ":" + server.getPort() + ": " + e.getMessage());
        }
    }

    private static int code(SubmissionTalk.Answer answer) {
        if (!answer.isFinal()) {
            return TRY_AGAIN;
        }
        return switch (answer.stage()) {
            case RECIPIENT ->
                answer.reply().contains(" 5.1.2 ") || answer.reply().contains(" 5.1.10 ")
                        ? NO_HOST
                        : answer.reply().contains(" 5.1.1 ") ? NO_USER : UNAVAILABLE;
            case CONTENT -> DATA_ERROR;
            case GREETING, SENDER -> UNAVAILABLE;
        };
    }

    private static String self(Launch.Submission submission) {
        return System.getProperty("user.name", "nobody") + "@" + submission.hostname();
    }

    private static Stamp stamp(Launch.Submission submission, SubmittedEnvelope envelope) {
        String author = envelope.sender().isEmpty() ? self(submission) : envelope.sender();
        return new Stamp(author, UUID.randomUUID() + "@" + submission.hostname(), ZonedDateTime.now());
    }

    private int say(int code, String words) {
        spec.commandLine().getErr().println("caravan sendmail: " + words);
        spec.commandLine().getErr().flush();
        return code;
    }
}
