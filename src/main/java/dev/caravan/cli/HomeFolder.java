package dev.caravan.cli;

/** The option {@code --home} of all commands. */
final class HomeFolder {
    /** The environment variable, else the current folder. */
    static final String DEFAULT = "${env:CARAVAN_HOME:-.}";

    static final String DESCRIPTION =
            "folder with data/ and own routes, broker-config, settings (default: $CARAVAN_HOME, else this folder)";

    private HomeFolder() {}
}
