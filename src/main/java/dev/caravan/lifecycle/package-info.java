/** Threads, the state of a shutdown, the lock of a folder, file handles, and the version of the build. */
@NullMarked
package dev.caravan.lifecycle;

import org.jspecify.annotations.NullMarked;
