package dev.caravan.testkit;

import java.nio.file.Path;
import java.util.Properties;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;

/**
 * A test of one route as it is shipped, in a Camel of its own without a server: load its file, advise the route with
 * {@code AdviceWith}, then start the context.
 */
public abstract class ShippedRouteTest extends CamelTestSupport {
    @Override
    public void configureTest(TestExecutionConfiguration configuration) {
        configuration.withUseAdviceWith(true);
    }

    /** Reads files of the folder {@code routes} into the context, which is not started yet. */
    protected void load(String... files) throws Exception {
        Resource[] resources = new Resource[files.length];
        for (int i = 0; i < files.length; i++) {
            Path file = Path.of("routes", files[i]).toAbsolutePath();
            resources[i] = ResourceHelper.resolveMandatoryResource(context(), "file:" + file);
        }
        PluginHelper.getRoutesLoader(context()).loadRoutes(resources);
    }

    /** Gives a placeholder its value. */
    protected void set(String key, String value) {
        Properties properties = new Properties();
        properties.setProperty(key, value);
        context().getPropertiesComponent().setOverrideProperties(properties);
    }
}
