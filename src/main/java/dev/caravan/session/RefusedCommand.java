package dev.caravan.session;

import java.util.Locale;
import java.util.Set;

/**
 * The loggable part of what a negative reply refuses: the verb of a command, and the addresses of MAIL and RCPT. Other
 * arguments may be secrets, such as those of AUTH, and so may a line that is no command, because clients send passwords
 * on lines of their own.
 *
 * @param command a known verb, {@code unknown}, or {@code connection}, {@code content} or {@code line}.
 * @param from the reverse-path, as the client sent it; empty if there is none yet.
 * @param to the forward-path of RCPT, as the client sent it; empty for other commands. Both paths may contain any
 *     character.
 */
public record RefusedCommand(String command, String from, String to) {
    private static final Set<String> VERBS = Set.of(
            "HELO",
            "EHLO",
            "MAIL",
            "RCPT",
            "DATA",
            "BDAT",
            "RSET",
            "NOOP",
            "QUIT",
            "VRFY",
            "EXPN",
            "HELP",
            "AUTH",
            "STARTTLS",
            "ETRN",
            "ATRN",
            "TURN",
            "SEND",
            "SOML",
            "SAML",
            "XCLIENT",
            "XFORWARD",
            "LHLO",
            "BURL");
    private static final String CONNECTION = "connection";
    private static final Set<String> NO_COMMANDS = Set.of(CONNECTION, "content", "line");
    private static final int MAX_PATH = 300;

    /**
     * The loggable part of a command line.
     *
     * @param line the line as received, or {@code connection}, {@code content} or {@code line}.
     * @param sender the reverse-path of the transaction; empty if there is none.
     */
    static RefusedCommand of(String line, String sender) {
        if (NO_COMMANDS.contains(line)) {
            return new RefusedCommand(line, line.equals(CONNECTION) ? "" : sender, "");
        }
        String verb = verb(line);
        String command = VERBS.contains(verb) ? verb : "unknown";
        return switch (command) {
            case "MAIL" -> new RefusedCommand(command, path(line, "FROM:"), "");
            case "RCPT" -> new RefusedCommand(command, sender, path(line, "TO:"));
            default -> new RefusedCommand(command, sender, "");
        };
    }

    private static String verb(String line) {
        int end = 0;
        while (end < line.length() && Character.isLetter(line.charAt(end))) {
            end++;
        }
        return line.substring(0, end).toUpperCase(Locale.ROOT);
    }

    /** The path without the parameters that follow it. */
    private static String path(String line, String keyword) {
        int begin = line.toUpperCase(Locale.ROOT).indexOf(keyword);
        if (begin < 0) {
            return "";
        }
        String argument = line.substring(begin + keyword.length()).strip();
        int close = argument.startsWith("<") ? argument.indexOf('>') + 1 : 0;
        int space = argument.indexOf(' ', close);
        String path = space < 0 ? argument : argument.substring(0, space);
        return path.length() > MAX_PATH ? path.substring(0, MAX_PATH) : path;
    }

    @Override
    public String toString() {
        return command + (from.isEmpty() ? "" : " from " + from) + (to.isEmpty() ? "" : " to " + to);
    }
}
