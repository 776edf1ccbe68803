package dev.caravan.cli;

/** How every command finds the home of its server. */
final class HomeFolder {
    /** The option {@code --home}, else the environment, else the folder we are in. */
    static final String DEFAULT = "${env:CARAVAN_HOME:-.}";

    static final String DESCRIPTION =
            "folder with data/ and own routes, broker-config, settings (default: $CARAVAN_HOME, else this folder)";

    private HomeFolder() {}
}
