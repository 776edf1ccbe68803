package dev.caravan.source.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The arguments of {@code sendmail}: options of sendmail 8 and Postfix, with their values in the same or the next
 * argument, several in one argument ({@code -ti}), mixed with recipients. Options without a meaning for Caravan, such
 * as {@code -oem} or {@code -odi}, are accepted and ignored.
 *
 * @param action what the caller requests.
 * @param sender the reverse-path as given; {@code <>} for the null one; empty for the calling user.
 * @param fullName for {@code From}, where a message has none.
 * @param fromHeader whether to take recipients from the header, in addition to those in the arguments.
 * @param dotIsContent whether a line with only a dot is content instead of the end of the message.
 * @param recipients as given, each one address or several.
 * @param dsnOptions the DSN options of the sender.
 */
public record SendmailArguments(
        Action action,
        Optional<String> sender,
        Optional<String> fullName,
        boolean fromHeader,
        boolean dotIsContent,
        List<String> recipients,
        DsnOptions dsnOptions) {
    private static final String FLAGS = "GUcimntvx";
    private static final String WITH_VALUE = "ABCFLMNORTVXbefhopr";
    private static final String WITH_VALUE_BESIDE = "dq";

    /** The modes of {@code sendmail}. */
    public enum Action {
        /** Takes a message from standard input. */
        SUBMIT,
        /** Lists the queues, as {@code mailq} does. */
        LIST,
        /** Accepted for {@code newaliases}; the server reads alias files when they change. */
        READ_ALIASES,
        /** Speaks SMTP on standard input and output. */
        SMTP,
        /** Runs the queue; the server does that without being asked. */
        RUN_QUEUE
    }

    public SendmailArguments {
        recipients = List.copyOf(recipients);
    }

    /**
     * Parses arguments.
     *
     * @param program the name by which it was called: {@code sendmail}, {@code mailq} or {@code newaliases}.
     * @throws IllegalArgumentException if an option is unknown, or its value missing or malformed.
     */
    public static SendmailArguments parse(String program, List<String> arguments) {
        return new Parsing(program).parse(arguments);
    }

    private static final class Parsing {
        private final List<String> recipients = new ArrayList<>();
        private Action action;
        private Optional<String> sender = Optional.empty();
        private Optional<String> fullName = Optional.empty();
        private Optional<String> notification = Optional.empty();
        private Optional<String> returned = Optional.empty();
        private Optional<String> envelopeId = Optional.empty();
        private boolean fromHeader;
        private boolean dotIsContent;

        Parsing(String program) {
            action = switch (program) {
                case "mailq" -> Action.LIST;
                case "newaliases" -> Action.READ_ALIASES;
                default -> Action.SUBMIT;
            };
        }

        SendmailArguments parse(List<String> arguments) {
            int next = 0;
            while (next < arguments.size()) {
                String word = arguments.get(next++);
                if (word.equals("--")) {
                    recipients.addAll(arguments.subList(next, arguments.size()));
                    break;
                }
                if (word.length() < 2 || word.charAt(0) != '-') {
                    recipients.add(word);
                } else {
                    next = options(word, arguments, next);
                }
            }
            return new SendmailArguments(
                    action,
                    sender,
                    fullName,
                    fromHeader,
                    dotIsContent,
                    recipients,
                    new DsnOptions(envelopeId, notification, returned));
        }

        /** @return the index of the first argument after these options and their values. */
        private int options(String word, List<String> arguments, int next) {
            for (int i = 1; i < word.length(); i++) {
                char option = word.charAt(i);
                String beside = word.substring(i + 1);
                if (option == 'I') {
                    action = Action.READ_ALIASES;
                } else if (FLAGS.indexOf(option) >= 0) {
                    fromHeader |= option == 't';
                    dotIsContent |= option == 'i';
                } else if (WITH_VALUE_BESIDE.indexOf(option) >= 0) {
                    action = option == 'q' ? Action.RUN_QUEUE : action;
                    return next;
                } else if (WITH_VALUE.indexOf(option) < 0) {
                    throw new IllegalArgumentException("unknown option -" + option);
                } else if (!beside.isEmpty()) {
                    take(option, beside);
                    return next;
                } else if (next < arguments.size()) {
                    take(option, arguments.get(next));
                    return next + 1;
                } else {
                    throw new IllegalArgumentException("-" + option + " without a value");
                }
            }
            return next;
        }

        private void take(char option, String value) {
            switch (option) {
                case 'f', 'r' -> sender = Optional.of(value);
                case 'F' -> fullName = Optional.of(value);
                case 'N' -> notification = Optional.of(value);
                case 'R' -> returned = Optional.of(checked(value));
                case 'V' -> envelopeId = Optional.of(value);
                case 'b' -> action = mode(value);
                case 'o' -> dotIsContent |= value.startsWith("i");
                case 'O' -> dotIsContent |= isIgnoreDots(value.toLowerCase(Locale.ROOT));
                default -> {
                    // The other options have no effect.
                }
            }
        }

        private static String checked(String returned) {
            return switch (returned.toLowerCase(Locale.ROOT)) {
                case "full" -> "full";
                case "hdrs" -> "hdrs";
                default -> throw new IllegalArgumentException("malformed -R (expected: full or hdrs)");
            };
        }

        private static boolean isIgnoreDots(String option) {
            boolean isNo = option.startsWith("ignoredots=f") || option.startsWith("ignoredots=n");
            return !isNo && (option.equals("i") || option.startsWith("ignoredots"));
        }

        private static Action mode(String mode) {
            return switch (mode) {
                case "m", "a" -> Action.SUBMIT;
                case "p" -> Action.LIST;
                case "i" -> Action.READ_ALIASES;
                case "s" -> Action.SMTP;
                default ->
                    throw new IllegalArgumentException(
                            "-b" + mode + " is not supported (expected: -bm, -bp, -bi or -bs)");
            };
        }
    }
}
