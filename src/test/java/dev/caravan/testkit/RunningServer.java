package dev.caravan.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a {@link TestServer} in a folder of its own for a test class, which declares one field of that type. The class is
 * tagged {@code server}.
 *
 * <ul>
 *   <li>Into a static field comes one server for all tests: it starts before the first, is cleared after each (mail, and
 *       what the other mail server was told and heard) and stops after the last.
 *   <li>Into an instance field comes a new server for each test.
 *   <li>A field of type {@link FakeMailServer} gets the other mail server, to which all mail for other domains goes: as
 *       smarthost or, if there is a {@link FakeDns}, as host of every domain.
 *   <li>Fields of type {@link MovingClock} and {@link FakeDns} that have a value are the server's clock and DNS.
 *   <li>Methods with {@link BeforeStart} prepare it further.
 * </ul>
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("server")
@ExtendWith(RunningServerExtension.class)
public @interface RunningServer {
    /** Settings, each as {@code key=value}. */
    String[] settings() default {};

    /** The file of that name in the home; empty for alice, bob and carol. */
    String users() default "";

    /** The file of that name in the home; empty for none. */
    String aliases() default "";

    /** The extensions of SMTP that the other mail server offers. */
    String[] peerOffers() default {"PIPELINING"};

    /** Whether it is started; otherwise each test does that. */
    boolean started() default true;
}
