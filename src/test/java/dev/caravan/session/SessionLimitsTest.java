package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

class SessionLimitsTest {
    @Test
    void defaultsAreWholeWhicheverPartIsAskedForFirst() throws IOException, ReflectiveOperationException {
        for (String first : new String[] {"Connections", "Patience", "PerMail", "Times"}) {
            // Classes that nobody has used yet.
            URL here = SessionLimits.class.getProtectionDomain().getCodeSource().getLocation();
            try (URLClassLoader fresh = new URLClassLoader(new URL[] {here}, ClassLoader.getPlatformClassLoader())) {
                Class.forName("dev.caravan.session.SessionLimits$" + first, true, fresh);
                Class<?> limits = Class.forName("dev.caravan.session.SessionLimits", true, fresh);
                Object standard = limits.getField("DEFAULT").get(null);
                assertEquals(SessionLimits.DEFAULT.toString(), standard.toString(), first);
            }
        }
    }
}
