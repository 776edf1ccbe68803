package dev.caravan.config;

import java.util.ArrayList;
import java.util.List;

/** The settings of one package, in the order of their declaration. */
public final class SettingGroup {
    private final List<Setting<?>> settings = new ArrayList<>();

    /** Adds a setting; to be called for the constants of a class only. */
    public <T> Setting<T> add(Setting<T> setting) {
        settings.add(setting);
        return setting;
    }

    List<Setting<?>> settings() {
        return List.copyOf(settings);
    }
}
