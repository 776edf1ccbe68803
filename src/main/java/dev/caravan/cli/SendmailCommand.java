package dev.caravan.cli;

import dev.caravan.cli.CaravanCommand.HomeOptions;
import dev.caravan.cli.SubmittedEnvelope.Notices;
import dev.caravan.source.message.DefaultHeaders;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.SendmailArguments;
import dev.caravan.source.message.SendmailMessage;
import dev.caravan.source.message.SubmittedContent;
import dev.caravan.source.message.SubmittedForm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 * Submits a message to the running server, with the options of {@code sendmail}. The exit codes are those of
 * {@code sysexits.h}: 75 if another try may succeed, 65 to 69 if not.
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
    /** Protects the memory of this process; the server has its own limit. */
    private static final SubmittedContent.Limits LIMITS = new SubmittedContent.Limits(MAX_OCTETS, MAX_OCTETS, true);

    private final CommandBackend backend;
    private final InputStream in;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HomeOptions options = new HomeOptions();

    // picocli sets it.
    @SuppressWarnings("UnusedVariable")
    @Option(names = "--help", usageHelp = true, description = "show this help")
    private boolean help;

    @Parameters(
            paramLabel = "ARGUMENT",
            description = "recipients, and options of sendmail: -f SENDER, -F NAME, -t (recipients from the header), -i"
                    + " (a line with only a dot does not end the message), -N never|success,failure,delay, -R full|hdrs,"
                    + " -V ENVID, -bp (list the queues); others are taken and do nothing")
    private List<String> arguments = new ArrayList<>();

    SendmailCommand(CommandBackend backend, InputStream in) {
        this.backend = backend;
        this.in = in;
    }

    /** The command; it parses the options of sendmail itself. */
    static CommandLine commandLine(CommandBackend backend, InputStream in) {
        return new CommandLine(new SendmailCommand(backend, in))
                .setUnmatchedOptionsArePositionalParams(true)
                .setEndOfOptionsDelimiter("\0");
    }

    @Override
    public Integer call() {
        SendmailArguments given;
        try {
            given = SendmailArguments.parse("sendmail", arguments);
        } catch (IllegalArgumentException e) {
            return say(USAGE, String.valueOf(e.getMessage()));
        }
        return switch (given.action()) {
            case SUBMIT -> submit(given);
            case LIST ->
                new CommandLine(new ListCommand(backend))
                        .setOut(spec.commandLine().getOut())
                        .setErr(spec.commandLine().getErr())
                        .execute("--home", options.home().toString());
            // The server retries mail and reads alias files without being asked.
            case RUN_QUEUE, READ_ALIASES -> 0;
            case SMTP -> say(USAGE, "-bs is not supported here (expected: bin/sendmail)");
        };
    }

    private int submit(SendmailArguments given) {
        CommandBackend.Submission submission;
        try {
            submission = backend.submission(options.home(), options.settings());
        } catch (Exception e) {
            return say(CONFIGURATION, String.valueOf(e.getMessage()));
        }
        try {
            SendmailMessage message =
                    new SendmailMessage(given, System.getProperty("user.name", "nobody"), submission.hostname());
            SubmittedForm.Whole handed = message.read(content(given));
            Notices notices = new Notices(
                    given.dsnOptions().notification(),
                    given.dsnOptions().returned(),
                    given.dsnOptions().envelopeId());
            String sender = handed.envelope().from().orElse("<>");
            SubmittedEnvelope envelope =
                    new SubmittedEnvelope(sender, handed.envelope().to(), notices);
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            new SubmittedContent(stamp(submission, envelope), content, LIMITS).copy(handed.octets(), false);
            return send(submission, envelope, content.toByteArray());
        } catch (IllegalArgumentException e) {
            return say(USAGE, String.valueOf(e.getMessage()));
        } catch (InvalidSubmissionException e) {
            return say(DATA_ERROR, e.reason());
        } catch (IOException e) {
            return say(IO_ERROR, "the mail cannot be read: " + e.getMessage());
        }
    }

    /** Reads all before anything is sent: what a program has written that dies in the middle is not a message. */
    private InputStream content(SendmailArguments given) throws IOException {
        return new ByteArrayInputStream(given.dotIsContent() ? in.readAllBytes() : untilDot(in));
    }

    /** The lines before a line with only a dot; the rest is read and dropped. */
    private static byte[] untilDot(InputStream in) throws IOException {
        byte[] all = in.readAllBytes();
        int start = 0;
        while (start < all.length) {
            int end = start;
            while (end < all.length && all[end] != '\n') {
                end++;
            }
            int length = end - start - (end > start && all[end - 1] == '\r' ? 1 : 0);
            if (length == 1 && all[start] == '.') {
                return Arrays.copyOf(all, start);
            }
            start = end + 1;
        }
        return all;
    }

    private int send(CommandBackend.Submission submission, SubmittedEnvelope envelope, byte[] content) {
        try (SmtpSubmissionClient client = new SmtpSubmissionClient(submission.server())) {
            SmtpSubmissionClient.Answer answer = client.send(submission.hostname(), envelope, content);
            client.quit();
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

    private static int code(SmtpSubmissionClient.Answer answer) {
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

    private static String self(CommandBackend.Submission submission) {
        return System.getProperty("user.name", "nobody") + "@" + submission.hostname();
    }

    private static DefaultHeaders stamp(CommandBackend.Submission submission, SubmittedEnvelope envelope) {
        String author = envelope.sender().isEmpty() ? self(submission) : envelope.sender();
        return new DefaultHeaders(
                author, UUID.randomUUID() + "@" + submission.hostname(), ZonedDateTime.now(ZoneId.systemDefault()));
    }

    private int say(int code, String words) {
        spec.commandLine().getErr().println("caravan sendmail: " + words);
        spec.commandLine().getErr().flush();
        return code;
    }
}
