package dev.caravan.smtp;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Printable;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Uts46;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads command lines (RFC 5321 §4.1). It turns a line without its CRLF into a {@link Command}, or throws an exception
 * with the reply that says what is wrong. It accepts verbs and keywords in any case, and ignores spaces at the end of a
 * line and before a path or parameter; everything else is as strict as the RFC. It does not check the order of
 * commands.
 */
public final class CommandParser {
    /** RFC 3030 §2 allows twenty digits; no content has a size of more than eighteen. */
    private static final Pattern CHUNK = Pattern.compile(" *0{0,20}([0-9]{1,18})(?: +((?i:LAST)))?");

    /** The refusal of an address in UTF-8 where the client has not asked for SMTPUTF8 (RFC 6531 §3.5). */
    public static final Reply NOT_ASCII =
            Reply.of(553, "5.6.7", "an address that is not ASCII needs SMTPUTF8 (expected: MAIL FROM:<...> SMTPUTF8)");

    private static final int MAX_SHOWN = 32;
    /** As long as a domain may be (RFC 5321 §4.5.3.1.2). */
    private static final int MAX_CLIENT_NAME = 255;

    private final PathParser paths;
    private final UnaryOperator<String> completion;
    private final boolean isHeloStrict;

    /**
     * A parser.
     *
     * @param host the server's name, which completes {@code <postmaster>} (RFC 5321 §4.5.1).
     * @param isHeloStrict whether the name in HELO and EHLO must be a domain or an address literal (RFC 5321 §4.1.1.1).
     *     Many devices and programs have names that are neither, and RFC 5321 §4.1.4 forbids a server to refuse mail
     *     because the name is not that of the client.
     */
    public CommandParser(Domain host, boolean isHeloStrict) {
        this(new PathParser(host), UnaryOperator.identity(), isHeloStrict);
    }

    private CommandParser(PathParser paths, UnaryOperator<String> completion, boolean isHeloStrict) {
        this.paths = paths;
        this.completion = completion;
        this.isHeloStrict = isHeloStrict;
    }

    /** The same parser for clients whose paths are completed first. */
    public CommandParser completing(AddressCompletion addresses) {
        return new CommandParser(paths, addresses::complete, isHeloStrict);
    }

    /**
     * Reads one line.
     *
     * @param line printable ASCII, or UTF-8 without control characters, without line end.
     * @param offered the extensions whose parameters MAIL and RCPT may have.
     * @throws SmtpSyntaxException with a 500, 501 or 555 reply if the line is not a command; with 421 if that is a BDAT whose
     *     size cannot be read, so that nothing after it can be read either.
     */
    public Command parse(String line, Extensions offered) throws SmtpSyntaxException {
        String stripped = withoutTrailingSpaces(line);
        int space = stripped.indexOf(' ');
        String verb = (space < 0 ? stripped : stripped.substring(0, space)).toUpperCase(Locale.ROOT);
        String argument = space < 0 ? "" : stripped.substring(space + 1);
        return switch (verb) {
            case "" -> throw refusal(500, "5.5.2", "no command at the start of the line (expected: such as NOOP)");
            case "HELO" -> new Command.Helo(client(verb, argument));
            case "EHLO" -> new Command.Ehlo(client(verb, argument));
            case "MAIL" -> mail(argument, offered);
            case "RCPT" -> recipient(argument, offered);
            case "DATA" -> bare(verb, argument, new Command.Data());
            case "BDAT" -> chunk(argument, offered);
            case "AUTH" -> auth(argument);
            case "RSET" -> bare(verb, argument, new Command.Rset());
            case "QUIT" -> bare(verb, argument, new Command.Quit());
            case "STARTTLS" -> bare(verb, argument, new Command.StartTls());
            case "NOOP" -> new Command.Noop();
            case "XCLIENT" -> new Command.Xclient(argument);
            case "HELP" -> new Command.Help();
            case "VRFY" -> new Command.Vrfy(name(verb, argument, offered));
            case "EXPN" -> new Command.Expn(required(verb, argument));
            default -> new Command.Unknown(shown(verb));
        };
    }

    /** Text of the client for a reply, cut to a length that leaves room for the rest. */
    static String shown(String text) {
        return Printable.line(text, MAX_SHOWN);
    }

    static SmtpSyntaxException refusal(int code, String status, String text) {
        return new SmtpSyntaxException(Reply.of(code, status, text));
    }

    private static String withoutTrailingSpaces(String line) {
        int end = line.length();
        while (end > 0 && line.charAt(end - 1) == ' ') {
            end--;
        }
        return line.substring(0, end);
    }

    private String client(String verb, String argument) throws SmtpSyntaxException {
        String name = argument.stripLeading();
        String expected = " (expected: " + verb + " host.example or [192.0.2.1])";
        if (name.isEmpty()) {
            throw refusal(501, "5.5.2", verb + " needs your name" + expected);
        }
        // The dot of an absolute name is harmless, and real clients send it.
        String relative = name.length() > 1 && name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (relative.length() > MAX_CLIENT_NAME) {
            throw refusal(
                    501,
                    "5.5.2",
                    "your name in " + verb + " has " + relative.length() + " octets (expected: <= " + MAX_CLIENT_NAME
                            + ")");
        }
        if (isHeloStrict && !isDomain(relative)) {
            throw refusal(501, "5.5.2", "your name in " + verb + " is malformed" + expected);
        }
        // A name with a space would be two words in a header field or a log line.
        return relative.replace(' ', '?');
    }

    private static boolean isDomain(String name) {
        try {
            return !new Domain(name).text().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Command bare(String verb, String argument, Command command) throws SmtpSyntaxException {
        if (!argument.isEmpty()) {
            throw refusal(501, "5.5.4", verb + " takes no argument (expected: " + verb + " alone)");
        }
        return command;
    }

    private static Command chunk(String argument, Extensions offered) throws SmtpSyntaxException {
        if (!offered.has(EsmtpExtension.CHUNKING)) {
            return new Command.Unknown("BDAT");
        }
        Matcher matcher = CHUNK.matcher(argument);
        if (!matcher.matches()) {
            // Where the next command begins cannot be told.
            throw refusal(421, "4.5.4", "malformed BDAT (expected: BDAT size, or BDAT size LAST), closing");
        }
        return new Command.Bdat(Long.parseLong(matcher.group(1)), matcher.group(2) != null);
    }

    private static Command auth(String argument) throws SmtpSyntaxException {
        String[] words = argument.strip().split(" +");
        if (words.length > 2 || !words[0].matches("[A-Za-z0-9_-]{1,20}")) {
            throw refusal(501, "5.5.4", "malformed AUTH (expected: AUTH mechanism, or AUTH mechanism base64)");
        }
        return new Command.Auth(words[0], words.length == 2 ? Optional.of(words[1]) : Optional.empty());
    }

    private static String required(String verb, String argument) throws SmtpSyntaxException {
        String text = argument.stripLeading();
        if (text.isEmpty()) {
            throw refusal(501, "5.5.4", verb + " needs an argument (expected: " + verb + " name)");
        }
        return text;
    }

    /** The argument of VRFY, without the parameter that lets it be in UTF-8 (RFC 6531 §3.7.4.2). */
    private static String name(String verb, String argument, Extensions offered) throws SmtpSyntaxException {
        String text = required(verb, argument);
        boolean isUtf8 = offered.has(EsmtpExtension.SMTPUTF8)
                && text.toUpperCase(Locale.ROOT).endsWith(" " + EsmtpExtension.SMTPUTF8.keyword());
        if (!isUtf8) {
            requireAscii(text);
            return text;
        }
        return text.substring(
                        0, text.length() - EsmtpExtension.SMTPUTF8.keyword().length())
                .strip();
    }

    private static void requireAscii(String text) throws SmtpSyntaxException {
        if (!Uts46.isAscii(text)) {
            throw new SmtpSyntaxException(NOT_ASCII);
        }
    }

    private Command mail(String argument, Extensions offered) throws SmtpSyntaxException {
        String rest = afterKeyword(argument, "FROM:", "MAIL FROM:<address>");
        PathParser.Parsed<ReversePath> path = paths.reversePath(completion.apply(rest));
        Parameters parameters = Parameters.parse(path.rest());
        if (!offered.has(EsmtpExtension.SMTPUTF8) || !parameters.isUtf8()) {
            requireAscii(argument);
        }
        return new Command.Mail(
                path.path(),
                parameters.mail(offered),
                parameters.declaredSize(),
                !parameters.isEmpty(),
                parameters.times());
    }

    private Command recipient(String argument, Extensions offered) throws SmtpSyntaxException {
        String rest = afterKeyword(argument, "TO:", "RCPT TO:<address>");
        PathParser.Parsed<ForwardPath> path = paths.forwardPath(completion.apply(rest));
        Parameters parameters = Parameters.parse(path.rest());
        return new Command.Rcpt(parameters.recipient(path.path(), offered), !parameters.isEmpty());
    }

    private static String afterKeyword(String argument, String keyword, String expected) throws SmtpSyntaxException {
        String text = argument.stripLeading();
        if (!text.regionMatches(true, 0, keyword, 0, keyword.length())) {
            throw refusal(501, "5.5.2", "no " + keyword + " after the verb (expected: " + expected + ")");
        }
        return text.substring(keyword.length()).stripLeading();
    }
}
