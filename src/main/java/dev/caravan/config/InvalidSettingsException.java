package dev.caravan.config;

import java.util.List;
import java.util.stream.Collectors;

/** Settings that cannot be used; the message says of each where it is, what was given and what was expected. */
public final class InvalidSettingsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    public InvalidSettingsException(List<ConfigProblem> problems) {
        super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** One setting cannot be used, because of the file or host that it names, or because of another setting. */
    public InvalidSettingsException(Setting<?> setting, String what, String expected) {
        this(List.of(new ConfigProblem(setting.key(), what, expected)));
    }

    public List<ConfigProblem> problems() {
        return problems;
    }
}
