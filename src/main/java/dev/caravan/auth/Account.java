package dev.caravan.auth;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A user as the file of credentials has it. Immutable.
 *
 * @param name as the file has it.
 * @param hash of the user's own password; empty if it has none, only application passwords.
 */
record Account(
        String name,
        boolean isDisabled,
        Optional<PasswordHash> hash,
        Map<ScramHash, StoredScram> scram,
        List<AppPassword> apps) {
    static final String APP = "userdb_caravan_app_";

    Account {
        scram = Map.copyOf(scram);
        apps = List.copyOf(apps);
    }

    /** The extra field that has the keys. */
    static String field(ScramHash hash) {
        return "userdb_caravan_" + hash.scheme().toLowerCase(Locale.ROOT).replace('-', '_');
    }

    /** @throws IllegalArgumentException if the line holds what cannot be checked; the message holds no secret. */
    static Account of(CredentialLine line) {
        Map<ScramHash, StoredScram> scram = new EnumMap<>(ScramHash.class);
        for (ScramHash hash : ScramHash.values()) {
            line.extra(field(hash)).ifPresent(text -> scram.put(hash, StoredScram.parse(hash, ExtraText.decode(text))));
        }
        List<AppPassword> apps = new ArrayList<>();
        for (String extra : line.extras()) {
            int equals = extra.indexOf('=');
            if (extra.startsWith(APP) && equals > 0) {
                apps.add(AppPassword.parse(extra.substring(APP.length(), equals), extra.substring(equals + 1)));
            }
        }
        String password = line.password();
        // What shadow files have for users without a password.
        boolean hasNone = password.isEmpty() || password.startsWith("!") || password.startsWith("*");
        return new Account(
                line.name(),
                line.isDisabled(),
                hasNone ? Optional.empty() : Optional.of(PasswordHash.parse(password)),
                scram,
                apps);
    }

    String key() {
        return key(name);
    }

    static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Whether every password of the user can be used with SCRAM. */
    boolean hasKeys(ScramHash hash) {
        return scram.containsKey(hash)
                && apps.stream().allMatch(app -> app.keys().stream().anyMatch(key -> key.hash() == hash));
    }

    Optional<AppPassword> app(String label) {
        return apps.stream().filter(app -> app.label().equals(label)).findFirst();
    }

    @Override
    public String toString() {
        return "Account[" + name + "]";
    }
}
