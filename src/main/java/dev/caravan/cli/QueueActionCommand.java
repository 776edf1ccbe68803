package dev.caravan.cli;

import dev.caravan.admin.QueueVerb;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/**
 * The command of a {@link QueueVerb}, for the messages that a filter selects. {@code --all} stands for no filter. A verb
 * that cannot be undone needs {@code --yes} unless all messages are named by their ids.
 */
@Command(mixinStandardHelpOptions = true)
final class QueueActionCommand implements Callable<Integer> {
    private static final String ALL = "--all";
    private static final String YES = "--yes";
    private static final String REASON = "--reason";

    private final CommandBackend backend;
    private final QueueVerb verb;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueOptions options = new QueueOptions();

    private QueueActionCommand(CommandBackend backend, QueueVerb verb) {
        this.backend = backend;
        this.verb = verb;
    }

    static CommandLine commandLine(CommandBackend backend, QueueVerb verb) {
        CommandLine line = new CommandLine(new QueueActionCommand(backend, verb));
        CommandSpec spec = line.getCommandSpec().name(verb.word());
        spec.usageMessage().description(verb.description());
        spec.addOption(flag(ALL, verb.all()));
        if (verb.risk().isPresent()) {
            spec.addOption(flag(YES, "needed unless all mails are named by their ids"));
        }
        if (verb.takesReason()) {
            spec.addOption(OptionSpec.builder(REASON)
                    .type(String.class)
                    .paramLabel("TEXT")
                    .description("why; kept with the mail")
                    .build());
        }
        return line;
    }

    /** Who holds mail, and why. */
    private Map<String, List<String>> reason() {
        if (!verb.takesReason()) {
            return Map.of();
        }
        String reason = spec.commandLine().getParseResult().matchedOptionValue(REASON, "");
        return Map.of("by", List.of(System.getProperty("user.name", "")), "reason", List.of(reason));
    }

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .description(description)
                .build();
    }

    private boolean has(String flag) {
        return spec.commandLine().getParseResult().hasMatchedOption(flag);
    }

    @Override
    public Integer call() {
        if (has(ALL) == options.areGiven()) {
            throw misused("which mail? (expected: ids or filters, or --all)");
        }
        if (verb.risk().isPresent() && !has(YES) && !options.areIdsOnly()) {
            throw misused(verb.risk().get() + " (expected: --yes)");
        }
        return QueueCommand.callServer(backend.control(options.home()), spec, server -> {
            spec.commandLine().getOut().println(QueueCommandClient.run(server, verb, options, reason()));
            return 0;
        });
    }

    private CommandLine.ParameterException misused(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
