package dev.caravan.routetext;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The form of a bean method's parameter in the text of a route, so that a mistake is found when the route is loaded
 * instead of when a message arrives. Required on each parameter that a route writes; absent from those that Camel fills
 * in.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Argument {
    /** The accepted form. */
    ArgumentForm value();
}
