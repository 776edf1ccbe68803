package dev.caravan.cli;

import dev.caravan.accounts.LastUse;
import dev.caravan.auth.CredentialEditor;
import dev.caravan.auth.CredentialEditor.Listed;
import dev.caravan.auth.CredentialEditor.ListedApp;
import dev.caravan.auth.CredentialEditor.Scope;
import dev.caravan.auth.Passwords;
import dev.caravan.auth.ScramHash;
import dev.caravan.auth.Secret;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that edit the file of users. They work whether the server runs or not; it reads the file within seconds. */
@Command(
        name = "user",
        description = "Add, change and list the users who may log in.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class UserCommand implements Runnable {
    private static final int MAX_INPUT = 64 * 1024;

    private final CommandBackend backend;
    private final InputStream in;

    @Spec
    private CommandSpec spec;

    private UserCommand(CommandBackend backend, InputStream in) {
        this.backend = backend;
        this.in = in;
    }

    static CommandLine commandLine(CommandBackend backend, InputStream in) {
        CommandLine line = new CommandLine(new UserCommand(backend, in));
        line.addSubcommand(new CommandLine(new AppPasswordCommand(backend)));
        return line;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
    }

    /** The user that a command is about. */
    static final class UserOption {
        @Parameters(paramLabel = "NAME", description = "alice, or alice@a.example")
        private String name = "";

        @Mixin
        private CaravanCommand.HomeOptions home = new CaravanCommand.HomeOptions();
    }

    /** Where a password comes from. */
    static final class PasswordOption {
        @Option(names = "--password-stdin", description = "read the password from the first line of standard input")
        private boolean isFromInput;
    }

    @Command(name = "add", description = "Add a user.", mixinStandardHelpOptions = true)
    int add(
            @Mixin UserOption user,
            @Mixin PasswordOption password,
            @Option(
                            names = "--no-password",
                            description = "the user has only application passwords, tokens or a certificate")
                    boolean hasNoPassword)
            throws Exception {
        editor(backend, user.home).add(user.name, hasNoPassword ? Optional.empty() : Optional.of(password(password)));
        return said(user.name + " is added");
    }

    @Command(
            name = "set-password",
            description = "Replace a user's password; sessions with the former one end.",
            mixinStandardHelpOptions = true)
    int setPassword(@Mixin UserOption user, @Mixin PasswordOption password) throws Exception {
        editor(backend, user.home).setPassword(user.name, password(password));
        return said(user.name + " has a new password");
    }

    @Command(
            name = "disable",
            description = "Keep a user from logging in; its sessions end.",
            mixinStandardHelpOptions = true)
    int disable(@Mixin UserOption user) throws Exception {
        editor(backend, user.home).disable(user.name, true);
        return said(user.name + " is disabled");
    }

    @Command(name = "enable", description = "Let a disabled user log in again.", mixinStandardHelpOptions = true)
    int enable(@Mixin UserOption user) throws Exception {
        editor(backend, user.home).disable(user.name, false);
        return said(user.name + " is enabled");
    }

    @Command(
            name = "remove",
            description = "Remove a user with all its passwords; its sessions end.",
            mixinStandardHelpOptions = true)
    int remove(@Mixin UserOption user) throws Exception {
        editor(backend, user.home).remove(user.name);
        return said(user.name + " is removed");
    }

    @Command(name = "list", description = "List the users.", mixinStandardHelpOptions = true)
    int list(@Mixin CaravanCommand.HomeOptions home) throws Exception {
        CommandBackend.Users users = backend.users(home.home(), home.settings());
        Map<String, Instant> used = LastUse.read(users.data());
        for (Listed user : editor(users).list()) {
            StringBuilder line = new StringBuilder(user.name());
            line.append(user.isDisabled() ? " disabled" : "").append(user.hasPassword() ? "" : " no-password");
            line.append(lastUse(used, user.name(), Optional.empty()));
            user.apps().forEach(app -> line.append(" app=").append(app.label()));
            spec.commandLine().getOut().println(line);
        }
        spec.commandLine().getOut().flush();
        return 0;
    }

    private int said(String what) {
        spec.commandLine().getOut().println(what);
        spec.commandLine().getOut().flush();
        return 0;
    }

    static String lastUse(Map<String, Instant> used, String user, Optional<String> label) {
        @Nullable Instant time = used.get(LastUse.key(user, label));
        return time == null ? "" : " last-used=" + time;
    }

    static CredentialEditor editor(CommandBackend backend, CaravanCommand.HomeOptions home) throws Exception {
        return editor(backend.users(home.home(), home.settings()));
    }

    private static CredentialEditor editor(CommandBackend.Users users) {
        Set<ScramHash> hashes = EnumSet.of(ScramHash.SHA_256);
        if (users.isSha1Wanted()) {
            hashes.add(ScramHash.SHA_1);
        }
        return new CredentialEditor(users.file(), hashes);
    }

    // From Java 22 on there is a console without a terminal, too; it reads a line.
    @SuppressWarnings("SystemConsoleNull")
    private Secret password(PasswordOption option) throws IOException {
        if (option.isFromInput) {
            String text = new String(in.readNBytes(MAX_INPUT), StandardCharsets.UTF_8);
            return usable(text.lines().findFirst().orElse(""));
        }
        Console console = System.console();
        if (console == null) {
            throw new IllegalArgumentException("no terminal to ask for the password (expected: --password-stdin)");
        }
        char[] first = console.readPassword("Password: ");
        char[] second = console.readPassword("Again: ");
        if (first == null || second == null || !new String(first).equals(new String(second))) {
            throw new IllegalArgumentException("the passwords differ (expected: the same twice)");
        }
        return usable(new String(first));
    }

    private static Secret usable(String text) {
        if (Passwords.prepared(new Secret(text)).isEmpty()) {
            throw new IllegalArgumentException(
                    "unusable password (expected: 1 to " + Passwords.MAX + " characters, no control characters)");
        }
        return new Secret(text);
    }

    /** The commands for passwords of devices and programs. */
    @Command(
            name = "app-password",
            description = "Add, list and remove the passwords of a user's devices and programs.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND")
    static final class AppPasswordCommand implements Runnable {
        private final CommandBackend backend;

        @Spec
        private CommandSpec spec;

        AppPasswordCommand(CommandBackend backend) {
            this.backend = backend;
        }

        @Override
        public void run() {
            throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
        }

        @Command(
                name = "add",
                description = "Make a password and print it; it is shown only now.",
                mixinStandardHelpOptions = true)
        int add(
                @Mixin UserOption user,
                @Option(
                                names = "--label",
                                required = true,
                                paramLabel = "LABEL",
                                description = "names it: letters, digits and . _ -")
                        String label,
                @Option(
                                names = "--senders",
                                split = ",",
                                paramLabel = "ADDRESS",
                                description = "it may send only as these: user@domain or @domain")
                        List<String> senders,
                @Option(
                                names = "--networks",
                                split = ",",
                                paramLabel = "NETWORK",
                                description = "it is valid only from these, such as 192.0.2.0/24")
                        List<String> networks,
                @Option(
                                names = "--expires",
                                paramLabel = "TIME",
                                description = "its end: 2027-01-31 or 2027-01-31T12:00:00Z")
                        String expires)
                throws Exception {
            Scope scope = new Scope(
                    senders == null ? List.of() : senders,
                    networks == null ? List.of() : networks,
                    expires == null ? Optional.empty() : Optional.of(time(expires)));
            Secret password = editor(backend, user.home).addApp(user.name, label, scope);
            spec.commandLine().getOut().println(password.reveal());
            spec.commandLine().getOut().flush();
            return 0;
        }

        @Command(name = "remove", description = "Remove one; its sessions end.", mixinStandardHelpOptions = true)
        int remove(
                @Mixin UserOption user,
                @Option(names = "--label", required = true, paramLabel = "LABEL", description = "which one")
                        String label)
                throws Exception {
            editor(backend, user.home).removeApp(user.name, label);
            spec.commandLine().getOut().println(user.name + " has no application password " + label + " any more");
            spec.commandLine().getOut().flush();
            return 0;
        }

        @Command(name = "list", description = "List those of a user.", mixinStandardHelpOptions = true)
        int list(@Mixin UserOption user) throws Exception {
            CommandBackend.Users users = backend.users(user.home.home(), user.home.settings());
            Map<String, Instant> used = LastUse.read(users.data());
            Listed found = UserCommand.editor(users).list().stream()
                    .filter(one -> one.name().equalsIgnoreCase(user.name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "no user " + user.name + " (expected: one that caravan user list shows)"));
            for (ListedApp app : found.apps()) {
                StringBuilder line = new StringBuilder(app.label());
                append(line, "senders", String.join(",", app.scope().senders()));
                append(line, "networks", String.join(",", app.scope().networks()));
                append(
                        line,
                        "expires",
                        app.scope().expires().map(Instant::toString).orElse(""));
                line.append(lastUse(used, found.name(), Optional.of(app.label())));
                spec.commandLine().getOut().println(line);
            }
            spec.commandLine().getOut().flush();
            return 0;
        }

        private static void append(StringBuilder line, String key, String value) {
            if (!value.isEmpty()) {
                line.append(' ').append(key).append('=').append(value);
            }
        }

        private static Instant time(String text) {
            try {
                return text.contains("T")
                        ? Instant.parse(text)
                        : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException(
                        "--expires " + text + " (expected: 2027-01-31 or 2027-01-31T12:00:00Z)", e);
            }
        }
    }
}
