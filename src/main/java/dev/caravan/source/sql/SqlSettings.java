package dev.caravan.source.sql;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.util.Optional;

/** The database table from which mail is taken. {@code docs/settings.md} says what each setting means. */
public final class SqlSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<String>> URL = GROUP.add(Setting.of(
            "sql.url",
            "",
            SettingType.matching(
                            "an address of a database, such as jdbc:postgresql://db.example.org/shop",
                            "jdbc:[a-zA-Z0-9]+:\\S+")
                    .optional()));
    public static final Setting<String> USER = GROUP.add(Setting.of("sql.user", "", SettingType.text("a name")));
    public static final Setting<Optional<String>> PASSWORD_FILE =
            GROUP.add(Setting.of("sql.password-file", "", SettingType.file().optional()));
    /** Becomes part of SQL statements, so only identifiers are valid. */
    public static final Setting<String> TABLE = GROUP.add(Setting.of(
            "sql.table",
            "mail_outbox",
            SettingType.matching(
                    "the name of a table, such as mail_outbox or shop.mail_outbox",
                    "[A-Za-z_][A-Za-z0-9_]{0,62}(\\.[A-Za-z_][A-Za-z0-9_]{0,62}){0,2}")));

    private SqlSettings() {}
}
