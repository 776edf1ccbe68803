package dev.caravan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@code bench/java}, which {@code bench/run} compiles, use classes of this server. */
class BenchSourcesTest {
    @TempDir
    Path classes;

    @Test
    void compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.list(Path.of("bench/java"))) {
            List<String> options =
                    List.of("-proc:none", "-cp", System.getProperty("java.class.path"), "-d", classes.toString());
            compiler.getTask(
                            problems,
                            files,
                            null,
                            options,
                            null,
                            files.getJavaFileObjects(sources.toArray(Path[]::new)))
                    .call();
        }
        assertEquals("", problems.toString());
    }
}
