package dev.caravan.routetext;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says what a route must write for a parameter of a bean's method, so that a mistake is found when the route is read and
 * not when a message comes. Each parameter that a route writes has one; those that Camel fills in have none.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Argument {
    /** What is accepted. */
    ArgumentForm value();
}
