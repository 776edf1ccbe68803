package dev.caravan.config;

import java.util.List;
import java.util.stream.Collectors;

/** Settings that cannot be used; the message says of each where it is, what was given and what was expected. */
public final class SettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    public SettingException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
