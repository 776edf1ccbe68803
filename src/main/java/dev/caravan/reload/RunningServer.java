package dev.caravan.reload;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import java.util.Properties;
import org.apache.camel.model.ModelCamelContext;

/** The server whose routes and settings a {@link ConfigWatcher} replaces. */
public interface RunningServer extends Reconfigurable {
    /** Where the routes run. */
    ModelCamelContext context();

    /** What routes may name in double braces, with these settings. */
    Properties placeholders(Settings settings);
}
